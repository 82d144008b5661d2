//! The tables, as diesel sees them; `migrations/` creates them, once for each engine.

diesel::table! {
    users (id) {
        id -> BigInt,
        name -> Text,
        created_at_ms -> BigInt,
        disabled_at_ms -> Nullable<BigInt>,
    }
}

diesel::table! {
    tokens (id) {
        id -> BigInt,
        user_id -> BigInt,
        secret_hash -> Binary,
        scope -> Text,
        label -> Text,
        created_at_ms -> BigInt,
        last_used_at_ms -> Nullable<BigInt>,
        revoked_at_ms -> Nullable<BigInt>,
        repo_id -> Nullable<BigInt>,
        expires_at_ms -> Nullable<BigInt>,
    }
}

diesel::table! {
    repos (id) {
        id -> BigInt,
        uuid -> Text,
        owner_id -> BigInt,
        slug -> Text,
        private -> Bool,
        default_branch -> Text,
        created_at_ms -> BigInt,
        refs_version -> BigInt,
        collections -> BigInt,
    }
}

diesel::table! {
    members (repo_id, user_id) {
        repo_id -> BigInt,
        user_id -> BigInt,
        role -> Text,
        created_at_ms -> BigInt,
    }
}

diesel::table! {
    protections (repo_id, branch) {
        repo_id -> BigInt,
        branch -> Text,
        allows_force -> Bool,
        allows_deletion -> Bool,
        signed_only -> Bool,
        registered_keys_only -> Bool,
    }
}

diesel::table! {
    signing_keys (user_id, public_key) {
        user_id -> BigInt,
        public_key -> Binary,
        name -> Text,
        created_at_ms -> BigInt,
    }
}

diesel::table! {
    refs (repo_id, name) {
        repo_id -> BigInt,
        name -> Text,
        target -> Binary,
        folded_name -> Nullable<Text>,
    }
}

diesel::table! {
    ref_log (id) {
        id -> BigInt,
        repo_id -> BigInt,
        name -> Text,
        old_target -> Nullable<Binary>,
        new_target -> Nullable<Binary>,
        forced -> Bool,
        user_id -> Nullable<BigInt>,
        at_ms -> BigInt,
    }
}

diesel::table! {
    mpacks (id) {
        id -> BigInt,
        repo_id -> BigInt,
        key -> Binary,
        size_bytes -> BigInt,
        object_count -> BigInt,
        commit_count -> BigInt,
        snapshot_count -> BigInt,
        object_bytes -> BigInt,
        thin_form -> Nullable<Binary>,
        thin_key -> Nullable<Binary>,
        state -> Text,
        storage_generation -> BigInt,
        created_at_ms -> BigInt,
        frames -> Nullable<Binary>,
        lane -> Nullable<Text>,
        position -> Nullable<BigInt>,
        merged_into -> Nullable<BigInt>,
        retired_at_ms -> Nullable<BigInt>,
        repeats_commits -> Bool,
        brought_back -> Bool,
    }
}

diesel::table! {
    mpack_index (repo_id, object_id) {
        repo_id -> BigInt,
        object_id -> Binary,
        mpack_id -> BigInt,
        frame -> BigInt,
        frame_offset -> BigInt,
        length -> BigInt,
    }
}

diesel::table! {
    chunks (repo_id, chunk_id) {
        repo_id -> BigInt,
        chunk_id -> Binary,
        mpack_id -> BigInt,
        frame -> BigInt,
        frame_offset -> BigInt,
        length -> BigInt,
    }
}

diesel::table! {
    large_objects (repo_id, object_id) {
        repo_id -> BigInt,
        object_id -> Binary,
        length -> BigInt,
        mpack_id -> BigInt,
        chunks -> Binary,
    }
}

diesel::table! {
    snapshots (repo_id, id) {
        repo_id -> BigInt,
        id -> Binary,
        base -> Nullable<Binary>,
        chain_bytes -> BigInt,
        listing_bytes -> BigInt,
        record -> Binary,
    }
}

diesel::table! {
    commits (repo_id, id) {
        repo_id -> BigInt,
        id -> Binary,
        parents -> Binary,
        generation -> BigInt,
        committed_at -> BigInt,
        snapshot_id -> Binary,
        mpack_id -> BigInt,
        envelope -> Binary,
        holder_id -> Nullable<BigInt>,
    }
}

diesel::table! {
    jobs (id) {
        id -> Text,
        repo_id -> BigInt,
        kind -> Text,
        request_digest -> Binary,
        payload -> Binary,
        owner_id -> Nullable<BigInt>,
        state -> Text,
        stage -> Nullable<Text>,
        attempts -> BigInt,
        outages -> BigInt,
        due_at_ms -> BigInt,
        worker -> Nullable<Text>,
        fence -> BigInt,
        report -> Binary,
        created_at_ms -> BigInt,
        finished_at_ms -> Nullable<BigInt>,
        turn -> BigInt,
        request_id -> Nullable<Text>,
    }
}

diesel::table! {
    built_mpacks (id) {
        id -> Text,
        repo_id -> BigInt,
        digest -> Binary,
        kind -> Text,
        state -> Text,
        file -> Nullable<Binary>,
        size_bytes -> BigInt,
        expires_at_ms -> BigInt,
    }
}

diesel::table! {
    blocked_hashes (object_id) {
        object_id -> Binary,
        reason -> Text,
        created_at_ms -> BigInt,
    }
}

diesel::table! {
    unreachable_commits (repo_id, commit_id) {
        repo_id -> BigInt,
        commit_id -> Binary,
        mpack_id -> BigInt,
        lost_mpack_id -> Nullable<BigInt>,
    }
}

diesel::table! {
    fetch_plans (repo_id, want, base) {
        repo_id -> BigInt,
        want -> Binary,
        base -> Binary,
        plan -> Binary,
        expires_at_ms -> BigInt,
    }
}

diesel::table! {
    takedowns (repo_id, object_id) {
        repo_id -> BigInt,
        object_id -> Binary,
        reason -> Text,
        created_at_ms -> BigInt,
    }
}

diesel::table! {
    audit_log (id) {
        id -> BigInt,
        at_ms -> BigInt,
        actor -> Nullable<Text>,
        act -> Text,
        repo -> Nullable<Text>,
        user_name -> Nullable<Text>,
        detail -> Text,
    }
}

diesel::table! {
    pushed_bytes (day, user_id, repo_id) {
        day -> BigInt,
        user_id -> BigInt,
        repo_id -> BigInt,
        bytes -> BigInt,
    }
}

diesel::joinable!(tokens -> users (user_id));
diesel::joinable!(repos -> users (owner_id));
diesel::joinable!(members -> users (user_id));
diesel::joinable!(mpack_index -> mpacks (mpack_id));
diesel::joinable!(mpacks -> repos (repo_id));
diesel::joinable!(chunks -> mpacks (mpack_id));
diesel::joinable!(built_mpacks -> repos (repo_id));
diesel::joinable!(ref_log -> users (user_id));
diesel::joinable!(jobs -> users (owner_id));
diesel::allow_tables_to_appear_in_same_query!(users, tokens, repos, members, ref_log, jobs);
diesel::allow_tables_to_appear_in_same_query!(mpack_index, mpacks);
diesel::allow_tables_to_appear_in_same_query!(mpacks, repos);
diesel::allow_tables_to_appear_in_same_query!(chunks, mpacks);
diesel::allow_tables_to_appear_in_same_query!(built_mpacks, repos);
diesel::allow_tables_to_appear_in_same_query!(mpack_index, large_objects, blocked_hashes);
