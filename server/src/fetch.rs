//! Fetch plans.
