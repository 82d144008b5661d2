# Print an optspec for argparse to handle cmd's options that are independent of any subcommand.
function __fish_muse_global_optspecs
    string join \n C= v/verbose q/quiet json no-progress color= h/help V/version
end

function __fish_muse_needs_command
    # Figure out if the current invocation already has a command.
    set -l cmd (commandline -opc)
    set -e cmd[1]
    argparse -s (__fish_muse_global_optspecs) -- $cmd 2>/dev/null
    or return
    if set -q argv[1]
        # Also print the command, so this can be used to figure out what it is.
        echo $argv[1]
        return 1
    end
    return 0
end

function __fish_muse_using_subcommand
    set -l cmd (__fish_muse_needs_command)
    test -z "$cmd"
    and return 1
    contains -- $cmd[1] $argv
end

complete -c muse -n "__fish_muse_needs_command" -s C -d 'Work as if started in DIR' -r -F
complete -c muse -n "__fish_muse_needs_command" -l color -d 'When to use colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c muse -n "__fish_muse_needs_command" -s v -l verbose -d 'Print each step with its figures on stderr, too'
complete -c muse -n "__fish_muse_needs_command" -s q -l quiet -d 'Print only results, warnings and errors'
complete -c muse -n "__fish_muse_needs_command" -l json -d 'Print results as JSON, and errors and progress as JSON Lines on stderr'
complete -c muse -n "__fish_muse_needs_command" -l no-progress -d 'Show no progress bars'
complete -c muse -n "__fish_muse_needs_command" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c muse -n "__fish_muse_needs_command" -s V -l version -d 'Print version'
complete -c muse -n "__fish_muse_needs_command" -f -a "init" -d 'Create a repository'
complete -c muse -n "__fish_muse_needs_command" -f -a "clone" -d 'Copy a repository from a server into a new directory'
complete -c muse -n "__fish_muse_needs_command" -f -a "status" -d 'Show what changed since the last commit'
complete -c muse -n "__fish_muse_needs_command" -f -a "commit" -d 'Commit all changes of the work tree'
complete -c muse -n "__fish_muse_needs_command" -f -a "log" -d 'Show the history of commits'
complete -c muse -n "__fish_muse_needs_command" -f -a "show" -d 'Show a commit, or a file as it was in one'
complete -c muse -n "__fish_muse_needs_command" -f -a "diff" -d 'Show changes, line by line'
complete -c muse -n "__fish_muse_needs_command" -f -a "branch" -d 'List, create, rename or delete branches'
complete -c muse -n "__fish_muse_needs_command" -f -a "switch" -d 'Switch to another branch or commit'
complete -c muse -n "__fish_muse_needs_command" -f -a "checkout" -d 'Switch to another branch or commit'
complete -c muse -n "__fish_muse_needs_command" -f -a "remote" -d 'Manage the servers that this repository knows'
complete -c muse -n "__fish_muse_needs_command" -f -a "fetch" -d 'Download what a server has, without touching branches or files'
complete -c muse -n "__fish_muse_needs_command" -f -a "pull" -d 'Fetch, then bring the current branch and the files up to date'
complete -c muse -n "__fish_muse_needs_command" -f -a "push" -d 'Send commits to a server and move its branches'
complete -c muse -n "__fish_muse_needs_command" -f -a "job" -d 'Show or wait for a push that the server is still working on'
complete -c muse -n "__fish_muse_needs_command" -f -a "auth" -d 'Log in to servers'
complete -c muse -n "__fish_muse_needs_command" -f -a "config" -d 'Read and change settings'
complete -c muse -n "__fish_muse_needs_command" -f -a "import" -d 'Import the history of another version-control system'
complete -c muse -n "__fish_muse_needs_command" -f -a "debug" -d 'Look inside the files that this program keeps'
complete -c muse -n "__fish_muse_needs_command" -f -a "completions" -d 'Print a completion script for a shell'
complete -c muse -n "__fish_muse_needs_command" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c muse -n "__fish_muse_using_subcommand init" -s b -l initial-branch -d 'Name of the first branch' -r
complete -c muse -n "__fish_muse_using_subcommand init" -s C -d 'Work as if started in DIR' -r -F
complete -c muse -n "__fish_muse_using_subcommand init" -l color -d 'When to use colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c muse -n "__fish_muse_using_subcommand init" -s v -l verbose -d 'Print each step with its figures on stderr, too'
complete -c muse -n "__fish_muse_using_subcommand init" -s q -l quiet -d 'Print only results, warnings and errors'
complete -c muse -n "__fish_muse_using_subcommand init" -l json -d 'Print results as JSON, and errors and progress as JSON Lines on stderr'
complete -c muse -n "__fish_muse_using_subcommand init" -l no-progress -d 'Show no progress bars'
complete -c muse -n "__fish_muse_using_subcommand init" -s h -l help -d 'Print help'
complete -c muse -n "__fish_muse_using_subcommand init" -s V -l version -d 'Print version'
complete -c muse -n "__fish_muse_using_subcommand clone" -s b -l branch -d 'The branch to start on; the server\'s default branch unless given' -r
complete -c muse -n "__fish_muse_using_subcommand clone" -s C -d 'Work as if started in DIR' -r -F
complete -c muse -n "__fish_muse_using_subcommand clone" -l color -d 'When to use colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c muse -n "__fish_muse_using_subcommand clone" -l no-checkout -d 'Fetch the history, but write no files'
complete -c muse -n "__fish_muse_using_subcommand clone" -s v -l verbose -d 'Print each step with its figures on stderr, too'
complete -c muse -n "__fish_muse_using_subcommand clone" -s q -l quiet -d 'Print only results, warnings and errors'
complete -c muse -n "__fish_muse_using_subcommand clone" -l json -d 'Print results as JSON, and errors and progress as JSON Lines on stderr'
complete -c muse -n "__fish_muse_using_subcommand clone" -l no-progress -d 'Show no progress bars'
complete -c muse -n "__fish_muse_using_subcommand clone" -s h -l help -d 'Print help'
complete -c muse -n "__fish_muse_using_subcommand clone" -s V -l version -d 'Print version'
complete -c muse -n "__fish_muse_using_subcommand status" -s C -d 'Work as if started in DIR' -r -F
complete -c muse -n "__fish_muse_using_subcommand status" -l color -d 'When to use colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c muse -n "__fish_muse_using_subcommand status" -s s -l short -d 'Print one line for each file that changed: `A` added, `M` changed, `T` another kind or mode, `D` deleted, `X` cannot be recorded'
complete -c muse -n "__fish_muse_using_subcommand status" -s v -l verbose -d 'Print each step with its figures on stderr, too'
complete -c muse -n "__fish_muse_using_subcommand status" -s q -l quiet -d 'Print only results, warnings and errors'
complete -c muse -n "__fish_muse_using_subcommand status" -l json -d 'Print results as JSON, and errors and progress as JSON Lines on stderr'
complete -c muse -n "__fish_muse_using_subcommand status" -l no-progress -d 'Show no progress bars'
complete -c muse -n "__fish_muse_using_subcommand status" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c muse -n "__fish_muse_using_subcommand status" -s V -l version -d 'Print version'
complete -c muse -n "__fish_muse_using_subcommand commit" -s m -l message -d 'Message; each further one becomes a paragraph of its own. Without any, an editor opens' -r
complete -c muse -n "__fish_muse_using_subcommand commit" -s F -l file -d 'Read the message from FILE, or from standard input if it is `-`' -r -F
complete -c muse -n "__fish_muse_using_subcommand commit" -s C -d 'Work as if started in DIR' -r -F
complete -c muse -n "__fish_muse_using_subcommand commit" -l color -d 'When to use colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c muse -n "__fish_muse_using_subcommand commit" -l allow-empty -d 'Commit even if nothing changed'
complete -c muse -n "__fish_muse_using_subcommand commit" -s v -l verbose -d 'Print each step with its figures on stderr, too'
complete -c muse -n "__fish_muse_using_subcommand commit" -s q -l quiet -d 'Print only results, warnings and errors'
complete -c muse -n "__fish_muse_using_subcommand commit" -l json -d 'Print results as JSON, and errors and progress as JSON Lines on stderr'
complete -c muse -n "__fish_muse_using_subcommand commit" -l no-progress -d 'Show no progress bars'
complete -c muse -n "__fish_muse_using_subcommand commit" -s h -l help -d 'Print help'
complete -c muse -n "__fish_muse_using_subcommand commit" -s V -l version -d 'Print version'
complete -c muse -n "__fish_muse_using_subcommand log" -s n -l max-count -d 'At most N commits' -r
complete -c muse -n "__fish_muse_using_subcommand log" -s C -d 'Work as if started in DIR' -r -F
complete -c muse -n "__fish_muse_using_subcommand log" -l color -d 'When to use colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c muse -n "__fish_muse_using_subcommand log" -l oneline -d 'Print one line for each commit'
complete -c muse -n "__fish_muse_using_subcommand log" -l graph -d 'Draw the graph of the history beside it'
complete -c muse -n "__fish_muse_using_subcommand log" -s v -l verbose -d 'Print each step with its figures on stderr, too'
complete -c muse -n "__fish_muse_using_subcommand log" -s q -l quiet -d 'Print only results, warnings and errors'
complete -c muse -n "__fish_muse_using_subcommand log" -l json -d 'Print results as JSON, and errors and progress as JSON Lines on stderr'
complete -c muse -n "__fish_muse_using_subcommand log" -l no-progress -d 'Show no progress bars'
complete -c muse -n "__fish_muse_using_subcommand log" -s h -l help -d 'Print help'
complete -c muse -n "__fish_muse_using_subcommand log" -s V -l version -d 'Print version'
complete -c muse -n "__fish_muse_using_subcommand show" -s C -d 'Work as if started in DIR' -r -F
complete -c muse -n "__fish_muse_using_subcommand show" -l color -d 'When to use colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c muse -n "__fish_muse_using_subcommand show" -l stat -d 'Show how many lines changed in each file'
complete -c muse -n "__fish_muse_using_subcommand show" -l name-only -d 'Show only the names of files that changed'
complete -c muse -n "__fish_muse_using_subcommand show" -s v -l verbose -d 'Print each step with its figures on stderr, too'
complete -c muse -n "__fish_muse_using_subcommand show" -s q -l quiet -d 'Print only results, warnings and errors'
complete -c muse -n "__fish_muse_using_subcommand show" -l json -d 'Print results as JSON, and errors and progress as JSON Lines on stderr'
complete -c muse -n "__fish_muse_using_subcommand show" -l no-progress -d 'Show no progress bars'
complete -c muse -n "__fish_muse_using_subcommand show" -s h -l help -d 'Print help'
complete -c muse -n "__fish_muse_using_subcommand show" -s V -l version -d 'Print version'
complete -c muse -n "__fish_muse_using_subcommand diff" -s C -d 'Work as if started in DIR' -r -F
complete -c muse -n "__fish_muse_using_subcommand diff" -l color -d 'When to use colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c muse -n "__fish_muse_using_subcommand diff" -l stat -d 'Show how many lines changed in each file'
complete -c muse -n "__fish_muse_using_subcommand diff" -l name-only -d 'Show only the names of files that changed'
complete -c muse -n "__fish_muse_using_subcommand diff" -s v -l verbose -d 'Print each step with its figures on stderr, too'
complete -c muse -n "__fish_muse_using_subcommand diff" -s q -l quiet -d 'Print only results, warnings and errors'
complete -c muse -n "__fish_muse_using_subcommand diff" -l json -d 'Print results as JSON, and errors and progress as JSON Lines on stderr'
complete -c muse -n "__fish_muse_using_subcommand diff" -l no-progress -d 'Show no progress bars'
complete -c muse -n "__fish_muse_using_subcommand diff" -s h -l help -d 'Print help'
complete -c muse -n "__fish_muse_using_subcommand diff" -s V -l version -d 'Print version'
complete -c muse -n "__fish_muse_using_subcommand branch" -s d -l delete -d 'Delete a branch whose commits are in the current one or on a server' -r
complete -c muse -n "__fish_muse_using_subcommand branch" -s D -d 'Delete a branch, even if commits are lost with it' -r
complete -c muse -n "__fish_muse_using_subcommand branch" -s m -l move -d 'Rename a branch: `-m NEW` the current one, `-m OLD NEW` another' -r
complete -c muse -n "__fish_muse_using_subcommand branch" -s C -d 'Work as if started in DIR' -r -F
complete -c muse -n "__fish_muse_using_subcommand branch" -l color -d 'When to use colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c muse -n "__fish_muse_using_subcommand branch" -s l -l list -d 'List branches, also with `-a` or `-r`; `-v` adds their commits'
complete -c muse -n "__fish_muse_using_subcommand branch" -s a -l all -d 'List the servers\' branches as last seen, too'
complete -c muse -n "__fish_muse_using_subcommand branch" -s r -l remotes -d 'List only the servers\' branches as last seen'
complete -c muse -n "__fish_muse_using_subcommand branch" -s v -l verbose -d 'Print each step with its figures on stderr, too'
complete -c muse -n "__fish_muse_using_subcommand branch" -s q -l quiet -d 'Print only results, warnings and errors'
complete -c muse -n "__fish_muse_using_subcommand branch" -l json -d 'Print results as JSON, and errors and progress as JSON Lines on stderr'
complete -c muse -n "__fish_muse_using_subcommand branch" -l no-progress -d 'Show no progress bars'
complete -c muse -n "__fish_muse_using_subcommand branch" -s h -l help -d 'Print help'
complete -c muse -n "__fish_muse_using_subcommand branch" -s V -l version -d 'Print version'
complete -c muse -n "__fish_muse_using_subcommand switch" -s C -d 'Work as if started in DIR' -r -F
complete -c muse -n "__fish_muse_using_subcommand switch" -l color -d 'When to use colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c muse -n "__fish_muse_using_subcommand switch" -s c -l create -d 'Create the branch first'
complete -c muse -n "__fish_muse_using_subcommand switch" -l detach -d 'Switch to a commit, without a current branch'
complete -c muse -n "__fish_muse_using_subcommand switch" -s f -l force -l discard-changes -d 'Discard local changes: every file becomes as it is in NAME'
complete -c muse -n "__fish_muse_using_subcommand switch" -l continue -d 'Finish a checkout that was interrupted'
complete -c muse -n "__fish_muse_using_subcommand switch" -l abort -d 'Go back to where a checkout that was interrupted started'
complete -c muse -n "__fish_muse_using_subcommand switch" -s v -l verbose -d 'Print each step with its figures on stderr, too'
complete -c muse -n "__fish_muse_using_subcommand switch" -s q -l quiet -d 'Print only results, warnings and errors'
complete -c muse -n "__fish_muse_using_subcommand switch" -l json -d 'Print results as JSON, and errors and progress as JSON Lines on stderr'
complete -c muse -n "__fish_muse_using_subcommand switch" -l no-progress -d 'Show no progress bars'
complete -c muse -n "__fish_muse_using_subcommand switch" -s h -l help -d 'Print help'
complete -c muse -n "__fish_muse_using_subcommand switch" -s V -l version -d 'Print version'
complete -c muse -n "__fish_muse_using_subcommand checkout" -s C -d 'Work as if started in DIR' -r -F
complete -c muse -n "__fish_muse_using_subcommand checkout" -l color -d 'When to use colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c muse -n "__fish_muse_using_subcommand checkout" -s c -l create -d 'Create the branch first'
complete -c muse -n "__fish_muse_using_subcommand checkout" -l detach -d 'Switch to a commit, without a current branch'
complete -c muse -n "__fish_muse_using_subcommand checkout" -s f -l force -l discard-changes -d 'Discard local changes: every file becomes as it is in NAME'
complete -c muse -n "__fish_muse_using_subcommand checkout" -l continue -d 'Finish a checkout that was interrupted'
complete -c muse -n "__fish_muse_using_subcommand checkout" -l abort -d 'Go back to where a checkout that was interrupted started'
complete -c muse -n "__fish_muse_using_subcommand checkout" -s v -l verbose -d 'Print each step with its figures on stderr, too'
complete -c muse -n "__fish_muse_using_subcommand checkout" -s q -l quiet -d 'Print only results, warnings and errors'
complete -c muse -n "__fish_muse_using_subcommand checkout" -l json -d 'Print results as JSON, and errors and progress as JSON Lines on stderr'
complete -c muse -n "__fish_muse_using_subcommand checkout" -l no-progress -d 'Show no progress bars'
complete -c muse -n "__fish_muse_using_subcommand checkout" -s h -l help -d 'Print help'
complete -c muse -n "__fish_muse_using_subcommand checkout" -s V -l version -d 'Print version'
complete -c muse -n "__fish_muse_using_subcommand remote; and not __fish_seen_subcommand_from list add remove set-url help" -s C -d 'Work as if started in DIR' -r -F
complete -c muse -n "__fish_muse_using_subcommand remote; and not __fish_seen_subcommand_from list add remove set-url help" -l color -d 'When to use colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c muse -n "__fish_muse_using_subcommand remote; and not __fish_seen_subcommand_from list add remove set-url help" -s v -l verbose -d 'Print each step with its figures on stderr, too'
complete -c muse -n "__fish_muse_using_subcommand remote; and not __fish_seen_subcommand_from list add remove set-url help" -s q -l quiet -d 'Print only results, warnings and errors'
complete -c muse -n "__fish_muse_using_subcommand remote; and not __fish_seen_subcommand_from list add remove set-url help" -l json -d 'Print results as JSON, and errors and progress as JSON Lines on stderr'
complete -c muse -n "__fish_muse_using_subcommand remote; and not __fish_seen_subcommand_from list add remove set-url help" -l no-progress -d 'Show no progress bars'
complete -c muse -n "__fish_muse_using_subcommand remote; and not __fish_seen_subcommand_from list add remove set-url help" -s h -l help -d 'Print help'
complete -c muse -n "__fish_muse_using_subcommand remote; and not __fish_seen_subcommand_from list add remove set-url help" -s V -l version -d 'Print version'
complete -c muse -n "__fish_muse_using_subcommand remote; and not __fish_seen_subcommand_from list add remove set-url help" -f -a "list" -d 'List the remotes; with -v, their URLs too. This is the default'
complete -c muse -n "__fish_muse_using_subcommand remote; and not __fish_seen_subcommand_from list add remove set-url help" -f -a "add" -d 'Add a remote'
complete -c muse -n "__fish_muse_using_subcommand remote; and not __fish_seen_subcommand_from list add remove set-url help" -f -a "remove" -d 'Forget a remote and what was last seen of its branches'
complete -c muse -n "__fish_muse_using_subcommand remote; and not __fish_seen_subcommand_from list add remove set-url help" -f -a "set-url" -d 'Change a remote\'s address'
complete -c muse -n "__fish_muse_using_subcommand remote; and not __fish_seen_subcommand_from list add remove set-url help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c muse -n "__fish_muse_using_subcommand remote; and __fish_seen_subcommand_from list" -s C -d 'Work as if started in DIR' -r -F
complete -c muse -n "__fish_muse_using_subcommand remote; and __fish_seen_subcommand_from list" -l color -d 'When to use colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c muse -n "__fish_muse_using_subcommand remote; and __fish_seen_subcommand_from list" -s v -l verbose -d 'Print each step with its figures on stderr, too'
complete -c muse -n "__fish_muse_using_subcommand remote; and __fish_seen_subcommand_from list" -s q -l quiet -d 'Print only results, warnings and errors'
complete -c muse -n "__fish_muse_using_subcommand remote; and __fish_seen_subcommand_from list" -l json -d 'Print results as JSON, and errors and progress as JSON Lines on stderr'
complete -c muse -n "__fish_muse_using_subcommand remote; and __fish_seen_subcommand_from list" -l no-progress -d 'Show no progress bars'
complete -c muse -n "__fish_muse_using_subcommand remote; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help'
complete -c muse -n "__fish_muse_using_subcommand remote; and __fish_seen_subcommand_from list" -s V -l version -d 'Print version'
complete -c muse -n "__fish_muse_using_subcommand remote; and __fish_seen_subcommand_from add" -s C -d 'Work as if started in DIR' -r -F
complete -c muse -n "__fish_muse_using_subcommand remote; and __fish_seen_subcommand_from add" -l color -d 'When to use colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c muse -n "__fish_muse_using_subcommand remote; and __fish_seen_subcommand_from add" -s v -l verbose -d 'Print each step with its figures on stderr, too'
complete -c muse -n "__fish_muse_using_subcommand remote; and __fish_seen_subcommand_from add" -s q -l quiet -d 'Print only results, warnings and errors'
complete -c muse -n "__fish_muse_using_subcommand remote; and __fish_seen_subcommand_from add" -l json -d 'Print results as JSON, and errors and progress as JSON Lines on stderr'
complete -c muse -n "__fish_muse_using_subcommand remote; and __fish_seen_subcommand_from add" -l no-progress -d 'Show no progress bars'
complete -c muse -n "__fish_muse_using_subcommand remote; and __fish_seen_subcommand_from add" -s h -l help -d 'Print help'
complete -c muse -n "__fish_muse_using_subcommand remote; and __fish_seen_subcommand_from add" -s V -l version -d 'Print version'
complete -c muse -n "__fish_muse_using_subcommand remote; and __fish_seen_subcommand_from remove" -s C -d 'Work as if started in DIR' -r -F
complete -c muse -n "__fish_muse_using_subcommand remote; and __fish_seen_subcommand_from remove" -l color -d 'When to use colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c muse -n "__fish_muse_using_subcommand remote; and __fish_seen_subcommand_from remove" -s v -l verbose -d 'Print each step with its figures on stderr, too'
complete -c muse -n "__fish_muse_using_subcommand remote; and __fish_seen_subcommand_from remove" -s q -l quiet -d 'Print only results, warnings and errors'
complete -c muse -n "__fish_muse_using_subcommand remote; and __fish_seen_subcommand_from remove" -l json -d 'Print results as JSON, and errors and progress as JSON Lines on stderr'
complete -c muse -n "__fish_muse_using_subcommand remote; and __fish_seen_subcommand_from remove" -l no-progress -d 'Show no progress bars'
complete -c muse -n "__fish_muse_using_subcommand remote; and __fish_seen_subcommand_from remove" -s h -l help -d 'Print help'
complete -c muse -n "__fish_muse_using_subcommand remote; and __fish_seen_subcommand_from remove" -s V -l version -d 'Print version'
complete -c muse -n "__fish_muse_using_subcommand remote; and __fish_seen_subcommand_from set-url" -s C -d 'Work as if started in DIR' -r -F
complete -c muse -n "__fish_muse_using_subcommand remote; and __fish_seen_subcommand_from set-url" -l color -d 'When to use colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c muse -n "__fish_muse_using_subcommand remote; and __fish_seen_subcommand_from set-url" -s v -l verbose -d 'Print each step with its figures on stderr, too'
complete -c muse -n "__fish_muse_using_subcommand remote; and __fish_seen_subcommand_from set-url" -s q -l quiet -d 'Print only results, warnings and errors'
complete -c muse -n "__fish_muse_using_subcommand remote; and __fish_seen_subcommand_from set-url" -l json -d 'Print results as JSON, and errors and progress as JSON Lines on stderr'
complete -c muse -n "__fish_muse_using_subcommand remote; and __fish_seen_subcommand_from set-url" -l no-progress -d 'Show no progress bars'
complete -c muse -n "__fish_muse_using_subcommand remote; and __fish_seen_subcommand_from set-url" -s h -l help -d 'Print help'
complete -c muse -n "__fish_muse_using_subcommand remote; and __fish_seen_subcommand_from set-url" -s V -l version -d 'Print version'
complete -c muse -n "__fish_muse_using_subcommand remote; and __fish_seen_subcommand_from help" -f -a "list" -d 'List the remotes; with -v, their URLs too. This is the default'
complete -c muse -n "__fish_muse_using_subcommand remote; and __fish_seen_subcommand_from help" -f -a "add" -d 'Add a remote'
complete -c muse -n "__fish_muse_using_subcommand remote; and __fish_seen_subcommand_from help" -f -a "remove" -d 'Forget a remote and what was last seen of its branches'
complete -c muse -n "__fish_muse_using_subcommand remote; and __fish_seen_subcommand_from help" -f -a "set-url" -d 'Change a remote\'s address'
complete -c muse -n "__fish_muse_using_subcommand remote; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c muse -n "__fish_muse_using_subcommand fetch" -s C -d 'Work as if started in DIR' -r -F
complete -c muse -n "__fish_muse_using_subcommand fetch" -l color -d 'When to use colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c muse -n "__fish_muse_using_subcommand fetch" -l all -d 'Fetch from all remotes'
complete -c muse -n "__fish_muse_using_subcommand fetch" -s p -l prune -d 'Forget branches that are gone on the remote'
complete -c muse -n "__fish_muse_using_subcommand fetch" -s v -l verbose -d 'Print each step with its figures on stderr, too'
complete -c muse -n "__fish_muse_using_subcommand fetch" -s q -l quiet -d 'Print only results, warnings and errors'
complete -c muse -n "__fish_muse_using_subcommand fetch" -l json -d 'Print results as JSON, and errors and progress as JSON Lines on stderr'
complete -c muse -n "__fish_muse_using_subcommand fetch" -l no-progress -d 'Show no progress bars'
complete -c muse -n "__fish_muse_using_subcommand fetch" -s h -l help -d 'Print help'
complete -c muse -n "__fish_muse_using_subcommand fetch" -s V -l version -d 'Print version'
complete -c muse -n "__fish_muse_using_subcommand pull" -s C -d 'Work as if started in DIR' -r -F
complete -c muse -n "__fish_muse_using_subcommand pull" -l color -d 'When to use colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c muse -n "__fish_muse_using_subcommand pull" -s v -l verbose -d 'Print each step with its figures on stderr, too'
complete -c muse -n "__fish_muse_using_subcommand pull" -s q -l quiet -d 'Print only results, warnings and errors'
complete -c muse -n "__fish_muse_using_subcommand pull" -l json -d 'Print results as JSON, and errors and progress as JSON Lines on stderr'
complete -c muse -n "__fish_muse_using_subcommand pull" -l no-progress -d 'Show no progress bars'
complete -c muse -n "__fish_muse_using_subcommand pull" -s h -l help -d 'Print help'
complete -c muse -n "__fish_muse_using_subcommand pull" -s V -l version -d 'Print version'
complete -c muse -n "__fish_muse_using_subcommand push" -l force-with-lease -d 'Move branches even if commits are lost there, but only from where they were last seen' -r
complete -c muse -n "__fish_muse_using_subcommand push" -s d -l delete -d 'Delete this branch or tag on the server; may be given several times' -r
complete -c muse -n "__fish_muse_using_subcommand push" -l transfer -d 'How to send the mpack' -r -f -a "auto\t'Small pushes as a stream, others by presigned upload'
stream\t'In one request to the server'
presign\t'Uploaded to a presigned URL, then unpacked by a job'"
complete -c muse -n "__fish_muse_using_subcommand push" -l timeout -d 'Wait no longer than this for the server; the push itself continues' -r
complete -c muse -n "__fish_muse_using_subcommand push" -s C -d 'Work as if started in DIR' -r -F
complete -c muse -n "__fish_muse_using_subcommand push" -l color -d 'When to use colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c muse -n "__fish_muse_using_subcommand push" -l all -d 'Push all branches'
complete -c muse -n "__fish_muse_using_subcommand push" -l tags -d 'Push all tags, too'
complete -c muse -n "__fish_muse_using_subcommand push" -s f -l force -d 'Move branches and tags wherever they are on the server, even if commits are lost there'
complete -c muse -n "__fish_muse_using_subcommand push" -s y -l yes -d 'Delete the server\'s default branch, too, without asking'
complete -c muse -n "__fish_muse_using_subcommand push" -s n -l dry-run -d 'Show what would be pushed, and send nothing'
complete -c muse -n "__fish_muse_using_subcommand push" -s u -l set-upstream -d 'Make the branch follow the remote\'s: `muse pull` and `muse push` use it from then on'
complete -c muse -n "__fish_muse_using_subcommand push" -l detach -d 'Do not wait until the server is done; `muse job wait` can do so later'
complete -c muse -n "__fish_muse_using_subcommand push" -s v -l verbose -d 'Print each step with its figures on stderr, too'
complete -c muse -n "__fish_muse_using_subcommand push" -s q -l quiet -d 'Print only results, warnings and errors'
complete -c muse -n "__fish_muse_using_subcommand push" -l json -d 'Print results as JSON, and errors and progress as JSON Lines on stderr'
complete -c muse -n "__fish_muse_using_subcommand push" -l no-progress -d 'Show no progress bars'
complete -c muse -n "__fish_muse_using_subcommand push" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c muse -n "__fish_muse_using_subcommand push" -s V -l version -d 'Print version'
complete -c muse -n "__fish_muse_using_subcommand job; and not __fish_seen_subcommand_from status wait help" -s C -d 'Work as if started in DIR' -r -F
complete -c muse -n "__fish_muse_using_subcommand job; and not __fish_seen_subcommand_from status wait help" -l color -d 'When to use colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c muse -n "__fish_muse_using_subcommand job; and not __fish_seen_subcommand_from status wait help" -s v -l verbose -d 'Print each step with its figures on stderr, too'
complete -c muse -n "__fish_muse_using_subcommand job; and not __fish_seen_subcommand_from status wait help" -s q -l quiet -d 'Print only results, warnings and errors'
complete -c muse -n "__fish_muse_using_subcommand job; and not __fish_seen_subcommand_from status wait help" -l json -d 'Print results as JSON, and errors and progress as JSON Lines on stderr'
complete -c muse -n "__fish_muse_using_subcommand job; and not __fish_seen_subcommand_from status wait help" -l no-progress -d 'Show no progress bars'
complete -c muse -n "__fish_muse_using_subcommand job; and not __fish_seen_subcommand_from status wait help" -s h -l help -d 'Print help'
complete -c muse -n "__fish_muse_using_subcommand job; and not __fish_seen_subcommand_from status wait help" -s V -l version -d 'Print version'
complete -c muse -n "__fish_muse_using_subcommand job; and not __fish_seen_subcommand_from status wait help" -f -a "status" -d 'Show the state of a job'
complete -c muse -n "__fish_muse_using_subcommand job; and not __fish_seen_subcommand_from status wait help" -f -a "wait" -d 'Wait until a job has ended; fails if the job failed'
complete -c muse -n "__fish_muse_using_subcommand job; and not __fish_seen_subcommand_from status wait help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c muse -n "__fish_muse_using_subcommand job; and __fish_seen_subcommand_from status" -l remote -d 'The remote that it runs on; `origin` or the only one unless given' -r
complete -c muse -n "__fish_muse_using_subcommand job; and __fish_seen_subcommand_from status" -s C -d 'Work as if started in DIR' -r -F
complete -c muse -n "__fish_muse_using_subcommand job; and __fish_seen_subcommand_from status" -l color -d 'When to use colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c muse -n "__fish_muse_using_subcommand job; and __fish_seen_subcommand_from status" -s v -l verbose -d 'Print each step with its figures on stderr, too'
complete -c muse -n "__fish_muse_using_subcommand job; and __fish_seen_subcommand_from status" -s q -l quiet -d 'Print only results, warnings and errors'
complete -c muse -n "__fish_muse_using_subcommand job; and __fish_seen_subcommand_from status" -l json -d 'Print results as JSON, and errors and progress as JSON Lines on stderr'
complete -c muse -n "__fish_muse_using_subcommand job; and __fish_seen_subcommand_from status" -l no-progress -d 'Show no progress bars'
complete -c muse -n "__fish_muse_using_subcommand job; and __fish_seen_subcommand_from status" -s h -l help -d 'Print help'
complete -c muse -n "__fish_muse_using_subcommand job; and __fish_seen_subcommand_from status" -s V -l version -d 'Print version'
complete -c muse -n "__fish_muse_using_subcommand job; and __fish_seen_subcommand_from wait" -l remote -d 'The remote that it runs on; `origin` or the only one unless given' -r
complete -c muse -n "__fish_muse_using_subcommand job; and __fish_seen_subcommand_from wait" -l timeout -d 'Wait no longer than this' -r
complete -c muse -n "__fish_muse_using_subcommand job; and __fish_seen_subcommand_from wait" -s C -d 'Work as if started in DIR' -r -F
complete -c muse -n "__fish_muse_using_subcommand job; and __fish_seen_subcommand_from wait" -l color -d 'When to use colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c muse -n "__fish_muse_using_subcommand job; and __fish_seen_subcommand_from wait" -s v -l verbose -d 'Print each step with its figures on stderr, too'
complete -c muse -n "__fish_muse_using_subcommand job; and __fish_seen_subcommand_from wait" -s q -l quiet -d 'Print only results, warnings and errors'
complete -c muse -n "__fish_muse_using_subcommand job; and __fish_seen_subcommand_from wait" -l json -d 'Print results as JSON, and errors and progress as JSON Lines on stderr'
complete -c muse -n "__fish_muse_using_subcommand job; and __fish_seen_subcommand_from wait" -l no-progress -d 'Show no progress bars'
complete -c muse -n "__fish_muse_using_subcommand job; and __fish_seen_subcommand_from wait" -s h -l help -d 'Print help'
complete -c muse -n "__fish_muse_using_subcommand job; and __fish_seen_subcommand_from wait" -s V -l version -d 'Print version'
complete -c muse -n "__fish_muse_using_subcommand job; and __fish_seen_subcommand_from help" -f -a "status" -d 'Show the state of a job'
complete -c muse -n "__fish_muse_using_subcommand job; and __fish_seen_subcommand_from help" -f -a "wait" -d 'Wait until a job has ended; fails if the job failed'
complete -c muse -n "__fish_muse_using_subcommand job; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c muse -n "__fish_muse_using_subcommand auth; and not __fish_seen_subcommand_from login logout status help" -s C -d 'Work as if started in DIR' -r -F
complete -c muse -n "__fish_muse_using_subcommand auth; and not __fish_seen_subcommand_from login logout status help" -l color -d 'When to use colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c muse -n "__fish_muse_using_subcommand auth; and not __fish_seen_subcommand_from login logout status help" -s v -l verbose -d 'Print each step with its figures on stderr, too'
complete -c muse -n "__fish_muse_using_subcommand auth; and not __fish_seen_subcommand_from login logout status help" -s q -l quiet -d 'Print only results, warnings and errors'
complete -c muse -n "__fish_muse_using_subcommand auth; and not __fish_seen_subcommand_from login logout status help" -l json -d 'Print results as JSON, and errors and progress as JSON Lines on stderr'
complete -c muse -n "__fish_muse_using_subcommand auth; and not __fish_seen_subcommand_from login logout status help" -l no-progress -d 'Show no progress bars'
complete -c muse -n "__fish_muse_using_subcommand auth; and not __fish_seen_subcommand_from login logout status help" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c muse -n "__fish_muse_using_subcommand auth; and not __fish_seen_subcommand_from login logout status help" -s V -l version -d 'Print version'
complete -c muse -n "__fish_muse_using_subcommand auth; and not __fish_seen_subcommand_from login logout status help" -f -a "login" -d 'Store a token for a server, after checking it with the server'
complete -c muse -n "__fish_muse_using_subcommand auth; and not __fish_seen_subcommand_from login logout status help" -f -a "logout" -d 'Remove the token for a server'
complete -c muse -n "__fish_muse_using_subcommand auth; and not __fish_seen_subcommand_from login logout status help" -f -a "status" -d 'Show the servers that there are tokens for, and whose they are'
complete -c muse -n "__fish_muse_using_subcommand auth; and not __fish_seen_subcommand_from login logout status help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c muse -n "__fish_muse_using_subcommand auth; and __fish_seen_subcommand_from login" -s C -d 'Work as if started in DIR' -r -F
complete -c muse -n "__fish_muse_using_subcommand auth; and __fish_seen_subcommand_from login" -l color -d 'When to use colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c muse -n "__fish_muse_using_subcommand auth; and __fish_seen_subcommand_from login" -l with-token -d 'Read the token from standard input instead of asking for it'
complete -c muse -n "__fish_muse_using_subcommand auth; and __fish_seen_subcommand_from login" -s v -l verbose -d 'Print each step with its figures on stderr, too'
complete -c muse -n "__fish_muse_using_subcommand auth; and __fish_seen_subcommand_from login" -s q -l quiet -d 'Print only results, warnings and errors'
complete -c muse -n "__fish_muse_using_subcommand auth; and __fish_seen_subcommand_from login" -l json -d 'Print results as JSON, and errors and progress as JSON Lines on stderr'
complete -c muse -n "__fish_muse_using_subcommand auth; and __fish_seen_subcommand_from login" -l no-progress -d 'Show no progress bars'
complete -c muse -n "__fish_muse_using_subcommand auth; and __fish_seen_subcommand_from login" -s h -l help -d 'Print help'
complete -c muse -n "__fish_muse_using_subcommand auth; and __fish_seen_subcommand_from login" -s V -l version -d 'Print version'
complete -c muse -n "__fish_muse_using_subcommand auth; and __fish_seen_subcommand_from logout" -s C -d 'Work as if started in DIR' -r -F
complete -c muse -n "__fish_muse_using_subcommand auth; and __fish_seen_subcommand_from logout" -l color -d 'When to use colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c muse -n "__fish_muse_using_subcommand auth; and __fish_seen_subcommand_from logout" -s v -l verbose -d 'Print each step with its figures on stderr, too'
complete -c muse -n "__fish_muse_using_subcommand auth; and __fish_seen_subcommand_from logout" -s q -l quiet -d 'Print only results, warnings and errors'
complete -c muse -n "__fish_muse_using_subcommand auth; and __fish_seen_subcommand_from logout" -l json -d 'Print results as JSON, and errors and progress as JSON Lines on stderr'
complete -c muse -n "__fish_muse_using_subcommand auth; and __fish_seen_subcommand_from logout" -l no-progress -d 'Show no progress bars'
complete -c muse -n "__fish_muse_using_subcommand auth; and __fish_seen_subcommand_from logout" -s h -l help -d 'Print help'
complete -c muse -n "__fish_muse_using_subcommand auth; and __fish_seen_subcommand_from logout" -s V -l version -d 'Print version'
complete -c muse -n "__fish_muse_using_subcommand auth; and __fish_seen_subcommand_from status" -s C -d 'Work as if started in DIR' -r -F
complete -c muse -n "__fish_muse_using_subcommand auth; and __fish_seen_subcommand_from status" -l color -d 'When to use colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c muse -n "__fish_muse_using_subcommand auth; and __fish_seen_subcommand_from status" -s v -l verbose -d 'Print each step with its figures on stderr, too'
complete -c muse -n "__fish_muse_using_subcommand auth; and __fish_seen_subcommand_from status" -s q -l quiet -d 'Print only results, warnings and errors'
complete -c muse -n "__fish_muse_using_subcommand auth; and __fish_seen_subcommand_from status" -l json -d 'Print results as JSON, and errors and progress as JSON Lines on stderr'
complete -c muse -n "__fish_muse_using_subcommand auth; and __fish_seen_subcommand_from status" -l no-progress -d 'Show no progress bars'
complete -c muse -n "__fish_muse_using_subcommand auth; and __fish_seen_subcommand_from status" -s h -l help -d 'Print help'
complete -c muse -n "__fish_muse_using_subcommand auth; and __fish_seen_subcommand_from status" -s V -l version -d 'Print version'
complete -c muse -n "__fish_muse_using_subcommand auth; and __fish_seen_subcommand_from help" -f -a "login" -d 'Store a token for a server, after checking it with the server'
complete -c muse -n "__fish_muse_using_subcommand auth; and __fish_seen_subcommand_from help" -f -a "logout" -d 'Remove the token for a server'
complete -c muse -n "__fish_muse_using_subcommand auth; and __fish_seen_subcommand_from help" -f -a "status" -d 'Show the servers that there are tokens for, and whose they are'
complete -c muse -n "__fish_muse_using_subcommand auth; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c muse -n "__fish_muse_using_subcommand config; and not __fish_seen_subcommand_from get set list unset help" -s C -d 'Work as if started in DIR' -r -F
complete -c muse -n "__fish_muse_using_subcommand config; and not __fish_seen_subcommand_from get set list unset help" -l color -d 'When to use colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c muse -n "__fish_muse_using_subcommand config; and not __fish_seen_subcommand_from get set list unset help" -l global -d 'Use the user\'s settings, which apply to all their repositories'
complete -c muse -n "__fish_muse_using_subcommand config; and not __fish_seen_subcommand_from get set list unset help" -s v -l verbose -d 'Print each step with its figures on stderr, too'
complete -c muse -n "__fish_muse_using_subcommand config; and not __fish_seen_subcommand_from get set list unset help" -s q -l quiet -d 'Print only results, warnings and errors'
complete -c muse -n "__fish_muse_using_subcommand config; and not __fish_seen_subcommand_from get set list unset help" -l json -d 'Print results as JSON, and errors and progress as JSON Lines on stderr'
complete -c muse -n "__fish_muse_using_subcommand config; and not __fish_seen_subcommand_from get set list unset help" -l no-progress -d 'Show no progress bars'
complete -c muse -n "__fish_muse_using_subcommand config; and not __fish_seen_subcommand_from get set list unset help" -s h -l help -d 'Print help'
complete -c muse -n "__fish_muse_using_subcommand config; and not __fish_seen_subcommand_from get set list unset help" -s V -l version -d 'Print version'
complete -c muse -n "__fish_muse_using_subcommand config; and not __fish_seen_subcommand_from get set list unset help" -a "get" -d 'Print the value of a setting'
complete -c muse -n "__fish_muse_using_subcommand config; and not __fish_seen_subcommand_from get set list unset help" -a "set" -d 'Set a setting to a value'
complete -c muse -n "__fish_muse_using_subcommand config; and not __fish_seen_subcommand_from get set list unset help" -a "list" -d 'Print all settings'
complete -c muse -n "__fish_muse_using_subcommand config; and not __fish_seen_subcommand_from get set list unset help" -a "unset" -d 'Remove a setting'
complete -c muse -n "__fish_muse_using_subcommand config; and not __fish_seen_subcommand_from get set list unset help" -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c muse -n "__fish_muse_using_subcommand config; and __fish_seen_subcommand_from get" -s C -d 'Work as if started in DIR' -r -F
complete -c muse -n "__fish_muse_using_subcommand config; and __fish_seen_subcommand_from get" -l color -d 'When to use colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c muse -n "__fish_muse_using_subcommand config; and __fish_seen_subcommand_from get" -l global -d 'Use the user\'s settings, which apply to all their repositories'
complete -c muse -n "__fish_muse_using_subcommand config; and __fish_seen_subcommand_from get" -s v -l verbose -d 'Print each step with its figures on stderr, too'
complete -c muse -n "__fish_muse_using_subcommand config; and __fish_seen_subcommand_from get" -s q -l quiet -d 'Print only results, warnings and errors'
complete -c muse -n "__fish_muse_using_subcommand config; and __fish_seen_subcommand_from get" -l json -d 'Print results as JSON, and errors and progress as JSON Lines on stderr'
complete -c muse -n "__fish_muse_using_subcommand config; and __fish_seen_subcommand_from get" -l no-progress -d 'Show no progress bars'
complete -c muse -n "__fish_muse_using_subcommand config; and __fish_seen_subcommand_from get" -s h -l help -d 'Print help'
complete -c muse -n "__fish_muse_using_subcommand config; and __fish_seen_subcommand_from get" -s V -l version -d 'Print version'
complete -c muse -n "__fish_muse_using_subcommand config; and __fish_seen_subcommand_from set" -s C -d 'Work as if started in DIR' -r -F
complete -c muse -n "__fish_muse_using_subcommand config; and __fish_seen_subcommand_from set" -l color -d 'When to use colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c muse -n "__fish_muse_using_subcommand config; and __fish_seen_subcommand_from set" -l global -d 'Use the user\'s settings, which apply to all their repositories'
complete -c muse -n "__fish_muse_using_subcommand config; and __fish_seen_subcommand_from set" -s v -l verbose -d 'Print each step with its figures on stderr, too'
complete -c muse -n "__fish_muse_using_subcommand config; and __fish_seen_subcommand_from set" -s q -l quiet -d 'Print only results, warnings and errors'
complete -c muse -n "__fish_muse_using_subcommand config; and __fish_seen_subcommand_from set" -l json -d 'Print results as JSON, and errors and progress as JSON Lines on stderr'
complete -c muse -n "__fish_muse_using_subcommand config; and __fish_seen_subcommand_from set" -l no-progress -d 'Show no progress bars'
complete -c muse -n "__fish_muse_using_subcommand config; and __fish_seen_subcommand_from set" -s h -l help -d 'Print help'
complete -c muse -n "__fish_muse_using_subcommand config; and __fish_seen_subcommand_from set" -s V -l version -d 'Print version'
complete -c muse -n "__fish_muse_using_subcommand config; and __fish_seen_subcommand_from list" -s C -d 'Work as if started in DIR' -r -F
complete -c muse -n "__fish_muse_using_subcommand config; and __fish_seen_subcommand_from list" -l color -d 'When to use colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c muse -n "__fish_muse_using_subcommand config; and __fish_seen_subcommand_from list" -l global -d 'Use the user\'s settings, which apply to all their repositories'
complete -c muse -n "__fish_muse_using_subcommand config; and __fish_seen_subcommand_from list" -s v -l verbose -d 'Print each step with its figures on stderr, too'
complete -c muse -n "__fish_muse_using_subcommand config; and __fish_seen_subcommand_from list" -s q -l quiet -d 'Print only results, warnings and errors'
complete -c muse -n "__fish_muse_using_subcommand config; and __fish_seen_subcommand_from list" -l json -d 'Print results as JSON, and errors and progress as JSON Lines on stderr'
complete -c muse -n "__fish_muse_using_subcommand config; and __fish_seen_subcommand_from list" -l no-progress -d 'Show no progress bars'
complete -c muse -n "__fish_muse_using_subcommand config; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help'
complete -c muse -n "__fish_muse_using_subcommand config; and __fish_seen_subcommand_from list" -s V -l version -d 'Print version'
complete -c muse -n "__fish_muse_using_subcommand config; and __fish_seen_subcommand_from unset" -s C -d 'Work as if started in DIR' -r -F
complete -c muse -n "__fish_muse_using_subcommand config; and __fish_seen_subcommand_from unset" -l color -d 'When to use colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c muse -n "__fish_muse_using_subcommand config; and __fish_seen_subcommand_from unset" -l global -d 'Use the user\'s settings, which apply to all their repositories'
complete -c muse -n "__fish_muse_using_subcommand config; and __fish_seen_subcommand_from unset" -s v -l verbose -d 'Print each step with its figures on stderr, too'
complete -c muse -n "__fish_muse_using_subcommand config; and __fish_seen_subcommand_from unset" -s q -l quiet -d 'Print only results, warnings and errors'
complete -c muse -n "__fish_muse_using_subcommand config; and __fish_seen_subcommand_from unset" -l json -d 'Print results as JSON, and errors and progress as JSON Lines on stderr'
complete -c muse -n "__fish_muse_using_subcommand config; and __fish_seen_subcommand_from unset" -l no-progress -d 'Show no progress bars'
complete -c muse -n "__fish_muse_using_subcommand config; and __fish_seen_subcommand_from unset" -s h -l help -d 'Print help'
complete -c muse -n "__fish_muse_using_subcommand config; and __fish_seen_subcommand_from unset" -s V -l version -d 'Print version'
complete -c muse -n "__fish_muse_using_subcommand config; and __fish_seen_subcommand_from help" -f -a "get" -d 'Print the value of a setting'
complete -c muse -n "__fish_muse_using_subcommand config; and __fish_seen_subcommand_from help" -f -a "set" -d 'Set a setting to a value'
complete -c muse -n "__fish_muse_using_subcommand config; and __fish_seen_subcommand_from help" -f -a "list" -d 'Print all settings'
complete -c muse -n "__fish_muse_using_subcommand config; and __fish_seen_subcommand_from help" -f -a "unset" -d 'Remove a setting'
complete -c muse -n "__fish_muse_using_subcommand config; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c muse -n "__fish_muse_using_subcommand import; and not __fish_seen_subcommand_from git help" -s C -d 'Work as if started in DIR' -r -F
complete -c muse -n "__fish_muse_using_subcommand import; and not __fish_seen_subcommand_from git help" -l color -d 'When to use colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c muse -n "__fish_muse_using_subcommand import; and not __fish_seen_subcommand_from git help" -s v -l verbose -d 'Print each step with its figures on stderr, too'
complete -c muse -n "__fish_muse_using_subcommand import; and not __fish_seen_subcommand_from git help" -s q -l quiet -d 'Print only results, warnings and errors'
complete -c muse -n "__fish_muse_using_subcommand import; and not __fish_seen_subcommand_from git help" -l json -d 'Print results as JSON, and errors and progress as JSON Lines on stderr'
complete -c muse -n "__fish_muse_using_subcommand import; and not __fish_seen_subcommand_from git help" -l no-progress -d 'Show no progress bars'
complete -c muse -n "__fish_muse_using_subcommand import; and not __fish_seen_subcommand_from git help" -s h -l help -d 'Print help'
complete -c muse -n "__fish_muse_using_subcommand import; and not __fish_seen_subcommand_from git help" -s V -l version -d 'Print version'
complete -c muse -n "__fish_muse_using_subcommand import; and not __fish_seen_subcommand_from git help" -f -a "git" -d 'Import all branches and tags of a git repository, with their whole history'
complete -c muse -n "__fish_muse_using_subcommand import; and not __fish_seen_subcommand_from git help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c muse -n "__fish_muse_using_subcommand import; and __fish_seen_subcommand_from git" -s C -d 'Work as if started in DIR' -r -F
complete -c muse -n "__fish_muse_using_subcommand import; and __fish_seen_subcommand_from git" -l color -d 'When to use colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c muse -n "__fish_muse_using_subcommand import; and __fish_seen_subcommand_from git" -l force -d 'Move branches and tags even if that drops commits made here'
complete -c muse -n "__fish_muse_using_subcommand import; and __fish_seen_subcommand_from git" -l skip-unrecordable -d 'Leave out files that cannot be recorded: names that are not UTF-8 or could pass for `.muse`, and symbolic links whose targets are empty, too long or hold a NUL'
complete -c muse -n "__fish_muse_using_subcommand import; and __fish_seen_subcommand_from git" -l no-checkout -d 'Do not change the files of the work tree'
complete -c muse -n "__fish_muse_using_subcommand import; and __fish_seen_subcommand_from git" -s v -l verbose -d 'Print each step with its figures on stderr, too'
complete -c muse -n "__fish_muse_using_subcommand import; and __fish_seen_subcommand_from git" -s q -l quiet -d 'Print only results, warnings and errors'
complete -c muse -n "__fish_muse_using_subcommand import; and __fish_seen_subcommand_from git" -l json -d 'Print results as JSON, and errors and progress as JSON Lines on stderr'
complete -c muse -n "__fish_muse_using_subcommand import; and __fish_seen_subcommand_from git" -l no-progress -d 'Show no progress bars'
complete -c muse -n "__fish_muse_using_subcommand import; and __fish_seen_subcommand_from git" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c muse -n "__fish_muse_using_subcommand import; and __fish_seen_subcommand_from git" -s V -l version -d 'Print version'
complete -c muse -n "__fish_muse_using_subcommand import; and __fish_seen_subcommand_from help" -f -a "git" -d 'Import all branches and tags of a git repository, with their whole history'
complete -c muse -n "__fish_muse_using_subcommand import; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c muse -n "__fish_muse_using_subcommand debug; and not __fish_seen_subcommand_from mpack help" -s C -d 'Work as if started in DIR' -r -F
complete -c muse -n "__fish_muse_using_subcommand debug; and not __fish_seen_subcommand_from mpack help" -l color -d 'When to use colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c muse -n "__fish_muse_using_subcommand debug; and not __fish_seen_subcommand_from mpack help" -s v -l verbose -d 'Print each step with its figures on stderr, too'
complete -c muse -n "__fish_muse_using_subcommand debug; and not __fish_seen_subcommand_from mpack help" -s q -l quiet -d 'Print only results, warnings and errors'
complete -c muse -n "__fish_muse_using_subcommand debug; and not __fish_seen_subcommand_from mpack help" -l json -d 'Print results as JSON, and errors and progress as JSON Lines on stderr'
complete -c muse -n "__fish_muse_using_subcommand debug; and not __fish_seen_subcommand_from mpack help" -l no-progress -d 'Show no progress bars'
complete -c muse -n "__fish_muse_using_subcommand debug; and not __fish_seen_subcommand_from mpack help" -s h -l help -d 'Print help'
complete -c muse -n "__fish_muse_using_subcommand debug; and not __fish_seen_subcommand_from mpack help" -s V -l version -d 'Print version'
complete -c muse -n "__fish_muse_using_subcommand debug; and not __fish_seen_subcommand_from mpack help" -f -a "mpack" -d 'List what an mpack is made of: header, frames, tables, with sizes'
complete -c muse -n "__fish_muse_using_subcommand debug; and not __fish_seen_subcommand_from mpack help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c muse -n "__fish_muse_using_subcommand debug; and __fish_seen_subcommand_from mpack" -s C -d 'Work as if started in DIR' -r -F
complete -c muse -n "__fish_muse_using_subcommand debug; and __fish_seen_subcommand_from mpack" -l color -d 'When to use colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c muse -n "__fish_muse_using_subcommand debug; and __fish_seen_subcommand_from mpack" -l verify -d 'Check every frame, even where the file hashes to the key that it is named by'
complete -c muse -n "__fish_muse_using_subcommand debug; and __fish_seen_subcommand_from mpack" -s v -l verbose -d 'Print each step with its figures on stderr, too'
complete -c muse -n "__fish_muse_using_subcommand debug; and __fish_seen_subcommand_from mpack" -s q -l quiet -d 'Print only results, warnings and errors'
complete -c muse -n "__fish_muse_using_subcommand debug; and __fish_seen_subcommand_from mpack" -l json -d 'Print results as JSON, and errors and progress as JSON Lines on stderr'
complete -c muse -n "__fish_muse_using_subcommand debug; and __fish_seen_subcommand_from mpack" -l no-progress -d 'Show no progress bars'
complete -c muse -n "__fish_muse_using_subcommand debug; and __fish_seen_subcommand_from mpack" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c muse -n "__fish_muse_using_subcommand debug; and __fish_seen_subcommand_from mpack" -s V -l version -d 'Print version'
complete -c muse -n "__fish_muse_using_subcommand debug; and __fish_seen_subcommand_from help" -f -a "mpack" -d 'List what an mpack is made of: header, frames, tables, with sizes'
complete -c muse -n "__fish_muse_using_subcommand debug; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c muse -n "__fish_muse_using_subcommand completions" -s C -d 'Work as if started in DIR' -r -F
complete -c muse -n "__fish_muse_using_subcommand completions" -l color -d 'When to use colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c muse -n "__fish_muse_using_subcommand completions" -s v -l verbose -d 'Print each step with its figures on stderr, too'
complete -c muse -n "__fish_muse_using_subcommand completions" -s q -l quiet -d 'Print only results, warnings and errors'
complete -c muse -n "__fish_muse_using_subcommand completions" -l json -d 'Print results as JSON, and errors and progress as JSON Lines on stderr'
complete -c muse -n "__fish_muse_using_subcommand completions" -l no-progress -d 'Show no progress bars'
complete -c muse -n "__fish_muse_using_subcommand completions" -s h -l help -d 'Print help'
complete -c muse -n "__fish_muse_using_subcommand completions" -s V -l version -d 'Print version'
complete -c muse -n "__fish_muse_using_subcommand help; and not __fish_seen_subcommand_from init clone status commit log show diff branch switch remote fetch pull push job auth config import debug completions help" -f -a "init" -d 'Create a repository'
complete -c muse -n "__fish_muse_using_subcommand help; and not __fish_seen_subcommand_from init clone status commit log show diff branch switch remote fetch pull push job auth config import debug completions help" -f -a "clone" -d 'Copy a repository from a server into a new directory'
complete -c muse -n "__fish_muse_using_subcommand help; and not __fish_seen_subcommand_from init clone status commit log show diff branch switch remote fetch pull push job auth config import debug completions help" -f -a "status" -d 'Show what changed since the last commit'
complete -c muse -n "__fish_muse_using_subcommand help; and not __fish_seen_subcommand_from init clone status commit log show diff branch switch remote fetch pull push job auth config import debug completions help" -f -a "commit" -d 'Commit all changes of the work tree'
complete -c muse -n "__fish_muse_using_subcommand help; and not __fish_seen_subcommand_from init clone status commit log show diff branch switch remote fetch pull push job auth config import debug completions help" -f -a "log" -d 'Show the history of commits'
complete -c muse -n "__fish_muse_using_subcommand help; and not __fish_seen_subcommand_from init clone status commit log show diff branch switch remote fetch pull push job auth config import debug completions help" -f -a "show" -d 'Show a commit, or a file as it was in one'
complete -c muse -n "__fish_muse_using_subcommand help; and not __fish_seen_subcommand_from init clone status commit log show diff branch switch remote fetch pull push job auth config import debug completions help" -f -a "diff" -d 'Show changes, line by line'
complete -c muse -n "__fish_muse_using_subcommand help; and not __fish_seen_subcommand_from init clone status commit log show diff branch switch remote fetch pull push job auth config import debug completions help" -f -a "branch" -d 'List, create, rename or delete branches'
complete -c muse -n "__fish_muse_using_subcommand help; and not __fish_seen_subcommand_from init clone status commit log show diff branch switch remote fetch pull push job auth config import debug completions help" -f -a "switch" -d 'Switch to another branch or commit'
complete -c muse -n "__fish_muse_using_subcommand help; and not __fish_seen_subcommand_from init clone status commit log show diff branch switch remote fetch pull push job auth config import debug completions help" -f -a "remote" -d 'Manage the servers that this repository knows'
complete -c muse -n "__fish_muse_using_subcommand help; and not __fish_seen_subcommand_from init clone status commit log show diff branch switch remote fetch pull push job auth config import debug completions help" -f -a "fetch" -d 'Download what a server has, without touching branches or files'
complete -c muse -n "__fish_muse_using_subcommand help; and not __fish_seen_subcommand_from init clone status commit log show diff branch switch remote fetch pull push job auth config import debug completions help" -f -a "pull" -d 'Fetch, then bring the current branch and the files up to date'
complete -c muse -n "__fish_muse_using_subcommand help; and not __fish_seen_subcommand_from init clone status commit log show diff branch switch remote fetch pull push job auth config import debug completions help" -f -a "push" -d 'Send commits to a server and move its branches'
complete -c muse -n "__fish_muse_using_subcommand help; and not __fish_seen_subcommand_from init clone status commit log show diff branch switch remote fetch pull push job auth config import debug completions help" -f -a "job" -d 'Show or wait for a push that the server is still working on'
complete -c muse -n "__fish_muse_using_subcommand help; and not __fish_seen_subcommand_from init clone status commit log show diff branch switch remote fetch pull push job auth config import debug completions help" -f -a "auth" -d 'Log in to servers'
complete -c muse -n "__fish_muse_using_subcommand help; and not __fish_seen_subcommand_from init clone status commit log show diff branch switch remote fetch pull push job auth config import debug completions help" -f -a "config" -d 'Read and change settings'
complete -c muse -n "__fish_muse_using_subcommand help; and not __fish_seen_subcommand_from init clone status commit log show diff branch switch remote fetch pull push job auth config import debug completions help" -f -a "import" -d 'Import the history of another version-control system'
complete -c muse -n "__fish_muse_using_subcommand help; and not __fish_seen_subcommand_from init clone status commit log show diff branch switch remote fetch pull push job auth config import debug completions help" -f -a "debug" -d 'Look inside the files that this program keeps'
complete -c muse -n "__fish_muse_using_subcommand help; and not __fish_seen_subcommand_from init clone status commit log show diff branch switch remote fetch pull push job auth config import debug completions help" -f -a "completions" -d 'Print a completion script for a shell'
complete -c muse -n "__fish_muse_using_subcommand help; and not __fish_seen_subcommand_from init clone status commit log show diff branch switch remote fetch pull push job auth config import debug completions help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c muse -n "__fish_muse_using_subcommand help; and __fish_seen_subcommand_from remote" -f -a "list" -d 'List the remotes; with -v, their URLs too. This is the default'
complete -c muse -n "__fish_muse_using_subcommand help; and __fish_seen_subcommand_from remote" -f -a "add" -d 'Add a remote'
complete -c muse -n "__fish_muse_using_subcommand help; and __fish_seen_subcommand_from remote" -f -a "remove" -d 'Forget a remote and what was last seen of its branches'
complete -c muse -n "__fish_muse_using_subcommand help; and __fish_seen_subcommand_from remote" -f -a "set-url" -d 'Change a remote\'s address'
complete -c muse -n "__fish_muse_using_subcommand help; and __fish_seen_subcommand_from job" -f -a "status" -d 'Show the state of a job'
complete -c muse -n "__fish_muse_using_subcommand help; and __fish_seen_subcommand_from job" -f -a "wait" -d 'Wait until a job has ended; fails if the job failed'
complete -c muse -n "__fish_muse_using_subcommand help; and __fish_seen_subcommand_from auth" -f -a "login" -d 'Store a token for a server, after checking it with the server'
complete -c muse -n "__fish_muse_using_subcommand help; and __fish_seen_subcommand_from auth" -f -a "logout" -d 'Remove the token for a server'
complete -c muse -n "__fish_muse_using_subcommand help; and __fish_seen_subcommand_from auth" -f -a "status" -d 'Show the servers that there are tokens for, and whose they are'
complete -c muse -n "__fish_muse_using_subcommand help; and __fish_seen_subcommand_from config" -f -a "get" -d 'Print the value of a setting'
complete -c muse -n "__fish_muse_using_subcommand help; and __fish_seen_subcommand_from config" -f -a "set" -d 'Set a setting to a value'
complete -c muse -n "__fish_muse_using_subcommand help; and __fish_seen_subcommand_from config" -f -a "list" -d 'Print all settings'
complete -c muse -n "__fish_muse_using_subcommand help; and __fish_seen_subcommand_from config" -f -a "unset" -d 'Remove a setting'
complete -c muse -n "__fish_muse_using_subcommand help; and __fish_seen_subcommand_from import" -f -a "git" -d 'Import all branches and tags of a git repository, with their whole history'
complete -c muse -n "__fish_muse_using_subcommand help; and __fish_seen_subcommand_from debug" -f -a "mpack" -d 'List what an mpack is made of: header, frames, tables, with sizes'
