//! The commands, one file each: they parse their arguments, call the library, and print.

pub mod auth;
pub mod bisect;
pub mod blame;
pub mod branch;
pub mod bundle;
pub mod check_ignore;
pub mod clean;
pub mod clone;
pub mod commit;
pub mod completions;
pub mod config;
pub mod debug;
pub mod describe;
pub mod diff;
pub mod export;
pub mod fetch;
pub mod fsck;
pub mod gc;
pub mod grep;
pub mod import;
pub mod init;
pub mod job;
pub mod log;
pub mod merge;
pub mod pick;
pub mod pull;
pub mod push;
pub mod rebase;
pub mod reflog;
pub mod remote;
pub mod reset;
pub mod resolve;
pub mod restore;
pub mod shortlog;
pub mod show;
pub mod stash;
pub mod status;
pub mod switch;
pub mod tag;
pub mod undo;
pub mod verify;
pub mod verify_commit;

use crate::ui::context::Context;
use crate::ui::error::CliError;

/// Every command, in the order in which help lists them.
#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// Create a repository.
    Init(init::InitArgs),
    /// Copy a repository into a new directory.
    ///
    /// It comes from a server, from another repository on this machine, or from a bundle.
    ///
    /// With --depth the history ends after so many commits, and so it does for all that is done
    /// here: `muse log` marks the last one as shallow. What is committed can be pushed to where the
    /// rest of the history is. `muse fetch --deepen N` brings more of it, `muse fetch --unshallow`
    /// all.
    Clone(clone::CloneArgs),
    /// Show what changed since the last commit.
    ///
    /// Paths are named from the directory that the command works in; with --porcelain and --json,
    /// from the root of the work tree.
    ///
    /// Files that no commit can hold are a section of their own, with the reasons.
    ///
    /// Files of the last commit that a checkout left out of the work tree are another, with the
    /// reasons: the file system refuses them or takes them for others, or the server withholds
    /// their contents. They do not count as changed.
    ///
    /// Without -v the first few of a section are named.
    Status(status::StatusArgs),
    /// Show which paths are ignored, and with -v by which rule.
    ///
    /// Rules are in `.museignore` and `.gitignore` of any directory, where the nearest one to a
    /// path wins and in one directory `.museignore`; then in `.git/info/exclude`; then in the file
    /// `ignore` of muse's configuration directory; then in the file that git's setting
    /// `core.excludesFile` names, or else `ignore` of git's. What the last commit has is not
    /// ignored, whatever the rules say.
    CheckIgnore(check_ignore::CheckIgnoreArgs),
    /// Remove files that the last commit does not have.
    ///
    /// Without -d, files in directories of which the last commit has nothing stay; without -x, what
    /// is ignored. Repositories inside this one always stay.
    Clean(clean::CleanArgs),
    /// Commit all changes of the work tree.
    ///
    /// Without a message, an editor opens at a terminal.
    Commit(commit::CommitArgs),
    /// Show the history of commits.
    ///
    /// Changes that are shown are those against a commit's first parent.
    Log(log::LogArgs),
    /// Show a commit, or a file as it was in one.
    Show(show::ShowArgs),
    /// Show changes, line by line.
    Diff(diff::DiffArgs),
    /// Show which commit each line of a file came with.
    ///
    /// Lines are followed through renames of the file.
    Blame(blame::BlameArgs),
    /// Search files for a regular expression.
    ///
    /// Files of the work tree that are not ignored are searched, or those of a commit. The exit
    /// code is 1 if nothing matches.
    Grep(grep::GrepArgs),
    /// Name a commit by the nearest tag below it.
    ///
    /// What is printed is the tag, or TAG-N-gID where N commits lead from the tag to the commit of
    /// this shortened id. Every command takes it for a revision.
    Describe(describe::DescribeArgs),
    /// List commits by author.
    Shortlog(shortlog::ShortlogArgs),
    /// List, create, rename or delete branches.
    Branch(branch::BranchArgs),
    /// List, create or delete tags.
    ///
    /// A tag is a name for a commit that does not move. An annotated one (-a, -m) says something:
    /// `muse show TAG` shows it. A push sends the tags that are named, or all with --tags; a clone
    /// and a fetch bring them.
    Tag(tag::TagArgs),
    /// Switch to another branch or commit.
    #[command(visible_alias = "checkout")]
    Switch(switch::SwitchArgs),
    /// Merge another branch or commit into the current branch.
    ///
    /// Where only the other one has new commits, the current branch moves on. Else a commit of the
    /// merge is made, and where both have changed the same lines, the merge stops with exit code
    /// 12: the files hold both versions between markers. Once they are edited, `muse merge
    /// --continue` commits. Unless a message is given, the commit says what was merged.
    Merge(merge::MergeArgs),
    /// Make the commits of the current branch again on top of another commit.
    Rebase(rebase::RebaseArgs),
    /// Make the changes of single commits again on the current branch.
    ///
    /// Author, time and message are those of the commits. The commits of a range come oldest first.
    #[command(after_help = "Examples:
  muse cherry-pick topic~2 topic
    Make the changes of two commits again.
  muse cherry-pick main..topic
    Make those of all commits that `main` lacks.")]
    CherryPick(pick::PickArgs),
    /// Take the changes of single commits back, with new commits.
    ///
    /// The commits of a range come newest first.
    #[command(after_help = "Examples:
  muse revert HEAD
    Take the changes of the last commit back.
  muse revert -m 1 HEAD~3
    Take back what a merge brought into its first parent.")]
    Revert(pick::PickArgs),
    /// Take files as they are as what settles their conflicts.
    ///
    /// That is needed where no markers are in a file which could go: for binary files, links, and
    /// files that one side has deleted.
    Resolve(resolve::ResolveArgs),
    /// Put local changes aside, and bring them back later.
    Stash(stash::StashArgs),
    /// Make files as they are in a commit. Local changes in them are lost.
    Restore(restore::RestoreArgs),
    /// Move the current branch to another commit.
    ///
    /// The files stay as they are, so what differs from the new commit counts as changed. With
    /// --hard they become those of the new commit, and local changes are lost.
    Reset(reset::ResetArgs),
    /// Find the commit that broke something, by trying ever fewer commits.
    ///
    /// `muse bisect start BAD GOOD` checks out a commit between the two; `muse bisect good` or
    /// `bad` says what it is, and checks out the next one. `muse bisect run COMMAND` does that by
    /// itself.
    Bisect(bisect::BisectArgs),
    /// Undo the last command that moved a branch, a tag or HEAD.
    ///
    /// Where the command brought the files of the work tree along, they go back, too. Local changes
    /// stay. Once a commit is undone, what it recorded counts as changed again. `muse undo` can be
    /// repeated; what was undone is in `muse reflog`.
    Undo(undo::UndoArgs),
    /// Show where HEAD or a branch has been.
    ///
    /// REF@{N} is the commit that REF named before its last N moves, for every command that takes
    /// a commit.
    Reflog(reflog::ReflogArgs),
    /// Write commits into a file, and look into such files.
    ///
    /// A bundle takes commits to where no server is reached. It is cloned and fetched from like a
    /// server: `muse clone FILE`, `muse remote add NAME FILE`.
    Bundle(bundle::BundleArgs),
    /// Manage the servers, repositories and bundles that this repository knows by name.
    Remote(remote::RemoteArgs),
    /// Download what a remote has, without touching branches or files.
    ///
    /// Where the history here is not whole, a fetch brings what is new. --deepen and --unshallow
    /// bring what is below, as far as the remote has it. --depth takes only the last commits of
    /// what is fetched, in a repository whose history is whole, too: it ends there then.
    Fetch(fetch::FetchArgs),
    /// Fetch, then bring the current branch and the files up to date.
    ///
    /// Where both sides have new commits, they are merged; --rebase, --ff-only or the setting
    /// `pull.mode` (merge, rebase or ff-only) say otherwise.
    Pull(pull::PullArgs),
    /// Send commits to a remote and move its branches.
    ///
    /// A branch moves only if the server's branch is contained in what is pushed, so that nobody's
    /// commits get lost. --force-with-lease lets it lose commits that this repository has seen
    /// there; --force, whatever is there.
    Push(push::PushArgs),
    /// Show or wait for a push that the server is still working on.
    Job(job::JobArgs),
    /// Log in to servers.
    ///
    /// A stored token goes to its own server alone. MUSE_TOKEN wins over it, and goes to the server
    /// that MUSE_HOST names (HOST or HOST:PORT); without MUSE_HOST, to any server over https and to
    /// this machine. Over plain http no token goes to another machine, unless `muse config --global
    /// set auth.HOST.plain-http true` allows it.
    Auth(auth::AuthArgs),
    /// Read and change settings.
    Config(config::ConfigArgs),
    /// Import the history of another version-control system.
    Import(import::ImportArgs),
    /// Export the history to another version-control system.
    Export(export::ExportArgs),
    /// Check that the repository is whole: every byte, and everything that refs reach.
    ///
    /// What is damaged or missing is named, with what needs it and which remote had it when it was
    /// last seen. --repair saves what is sound of damaged files, and fetches what is missing. Of a
    /// file whose tables are damaged it saves nothing, since only they say where things begin.
    /// Branches, tags and HEAD it takes from the reflog where their own file is damaged. The exit
    /// code is 9 where damage is left.
    Fsck(fsck::FsckArgs),
    /// Check the keys and tables of all mpacks, and that all refs resolve.
    ///
    /// This is the quick form of `muse fsck`. The exit code is 9 where something is damaged.
    #[command(after_help = "Examples:
  muse verify
    Check that all files are there and fit their names.")]
    Verify,
    /// Check the signatures of commits.
    ///
    /// Each is printed with the key that made it. The exit code is 1 where a commit is not signed,
    /// or a signature does not fit it.
    VerifyCommit(verify_commit::VerifyCommitArgs),
    /// Pack what is reached into few files, and drop what nothing reaches.
    ///
    /// Kept is what refs, `HEAD` and the reflog since the time of --prune reach, and what has come
    /// since then. Objects are grouped by path, so that versions of a file take little space.
    ///
    /// Commands that change the repository wait meanwhile, say so after two seconds, and give up
    /// after a minute with exit code 10. Those that only read go on.
    Gc(gc::GcArgs),
    /// Look inside the files that this program keeps.
    Debug(debug::DebugArgs),
    /// Print the script with which a shell completes `muse`.
    ///
    /// The script has the shell ask `muse` at each press of Tab, so branches, tags, remotes,
    /// commits with their subjects, changed files, settings and stashes are offered as they are
    /// right now. Nothing is asked of a server. The script says how its shell loads it.
    Completions(completions::CompletionsArgs),
}

impl Command {
    /// Runs the command.
    ///
    /// # Errors
    /// Whatever the command reports.
    pub fn run(self, context: &Context) -> Result<(), CliError> {
        match self {
            Self::Init(args) => init::run(context, args),
            Self::Clone(args) => clone::run(context, args),
            Self::Status(args) => status::run(context, args),
            Self::CheckIgnore(args) => check_ignore::run(context, args),
            Self::Clean(args) => clean::run(context, args),
            Self::Commit(args) => commit::run(context, args),
            Self::Log(args) => log::run(context, args),
            Self::Show(args) => show::run(context, args),
            Self::Diff(args) => diff::run(context, args),
            Self::Blame(args) => blame::run(context, args),
            Self::Grep(args) => grep::run(context, args),
            Self::Describe(args) => describe::run(context, args),
            Self::Shortlog(args) => shortlog::run(context, args),
            Self::Branch(args) => branch::run(context, args),
            Self::Tag(args) => tag::run(context, args),
            Self::Switch(args) => switch::run(context, args),
            Self::Merge(args) => merge::run(context, args),
            Self::Rebase(args) => rebase::run(context, args),
            Self::CherryPick(args) => pick::cherry_pick(context, args),
            Self::Revert(args) => pick::revert(context, args),
            Self::Resolve(args) => resolve::run(context, args),
            Self::Stash(args) => stash::run(context, args),
            Self::Restore(args) => restore::run(context, args),
            Self::Reset(args) => reset::run(context, args),
            Self::Bisect(args) => bisect::run(context, args),
            Self::Undo(args) => undo::run(context, args),
            Self::Reflog(args) => reflog::run(context, args),
            Self::Bundle(args) => bundle::run(context, args),
            Self::Remote(args) => remote::run(context, args),
            Self::Fetch(args) => fetch::run(context, args),
            Self::Pull(args) => pull::run(context, args),
            Self::Push(args) => push::run(context, args),
            Self::Job(args) => job::run(context, args),
            Self::Auth(args) => auth::run(context, args),
            Self::Config(args) => config::run(context, args),
            Self::Import(args) => import::run(context, args),
            Self::Export(args) => export::run(context, args),
            Self::Fsck(args) => fsck::run(context, args),
            Self::Verify => verify::run(context),
            Self::VerifyCommit(args) => verify_commit::run(context, args),
            Self::Gc(args) => gc::run(context, args),
            Self::Debug(args) => debug::run(context, args),
            Self::Completions(args) => completions::run(context, args),
        }
    }
}
