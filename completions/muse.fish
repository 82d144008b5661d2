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
complete -c muse -n "__fish_muse_needs_command" -s v -l verbose -d 'Print each step with its figures on stderr, too; twice, say more in lists'
complete -c muse -n "__fish_muse_needs_command" -s q -l quiet -d 'Print only results, warnings and errors'
complete -c muse -n "__fish_muse_needs_command" -l json -d 'Print results as JSON, and errors and progress as JSON Lines on stderr'
complete -c muse -n "__fish_muse_needs_command" -l no-progress -d 'Show no progress bars'
complete -c muse -n "__fish_muse_needs_command" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c muse -n "__fish_muse_needs_command" -s V -l version -d 'Print version'
complete -c muse -n "__fish_muse_needs_command" -f -a "init" -d 'Create a repository'
complete -c muse -n "__fish_muse_needs_command" -f -a "clone" -d 'Copy a repository from a server into a new directory'
complete -c muse -n "__fish_muse_needs_command" -f -a "status" -d 'Show what changed since the last commit'
complete -c muse -n "__fish_muse_needs_command" -f -a "check-ignore" -d 'Show which paths are ignored, and with -v by which rule'
complete -c muse -n "__fish_muse_needs_command" -f -a "clean" -d 'Remove files that the last commit does not have'
complete -c muse -n "__fish_muse_needs_command" -f -a "commit" -d 'Commit all changes of the work tree'
complete -c muse -n "__fish_muse_needs_command" -f -a "log" -d 'Show the history of commits'
complete -c muse -n "__fish_muse_needs_command" -f -a "show" -d 'Show a commit, or a file as it was in one'
complete -c muse -n "__fish_muse_needs_command" -f -a "diff" -d 'Show changes, line by line'
complete -c muse -n "__fish_muse_needs_command" -f -a "blame" -d 'Show which commit each line of a file came with'
complete -c muse -n "__fish_muse_needs_command" -f -a "grep" -d 'Search files for a regular expression'
complete -c muse -n "__fish_muse_needs_command" -f -a "describe" -d 'Name a commit by the nearest tag below it'
complete -c muse -n "__fish_muse_needs_command" -f -a "shortlog" -d 'List commits by author'
complete -c muse -n "__fish_muse_needs_command" -f -a "branch" -d 'List, create, rename or delete branches'
complete -c muse -n "__fish_muse_needs_command" -f -a "tag" -d 'List, create or delete tags'
complete -c muse -n "__fish_muse_needs_command" -f -a "switch" -d 'Switch to another branch or commit'
complete -c muse -n "__fish_muse_needs_command" -f -a "checkout" -d 'Switch to another branch or commit'
complete -c muse -n "__fish_muse_needs_command" -f -a "merge" -d 'Merge another branch or commit into the current branch'
complete -c muse -n "__fish_muse_needs_command" -f -a "rebase" -d 'Make the commits of the current branch again on top of another commit'
complete -c muse -n "__fish_muse_needs_command" -f -a "cherry-pick" -d 'Make the changes of single commits again on the current branch'
complete -c muse -n "__fish_muse_needs_command" -f -a "revert" -d 'Take the changes of single commits back, with new commits'
complete -c muse -n "__fish_muse_needs_command" -f -a "resolve" -d 'Take files as they are as what settles their conflicts'
complete -c muse -n "__fish_muse_needs_command" -f -a "stash" -d 'Put local changes aside, and bring them back later'
complete -c muse -n "__fish_muse_needs_command" -f -a "restore" -d 'Make files as they are in a commit. Local changes in them are lost'
complete -c muse -n "__fish_muse_needs_command" -f -a "reset" -d 'Move the current branch to another commit'
complete -c muse -n "__fish_muse_needs_command" -f -a "bisect" -d 'Find the commit that broke something, by trying ever fewer commits'
complete -c muse -n "__fish_muse_needs_command" -f -a "undo" -d 'Undo the last command that moved a branch, a tag or HEAD'
complete -c muse -n "__fish_muse_needs_command" -f -a "reflog" -d 'Show where HEAD or a branch has been'
complete -c muse -n "__fish_muse_needs_command" -f -a "remote" -d 'Manage the servers that this repository knows'
complete -c muse -n "__fish_muse_needs_command" -f -a "fetch" -d 'Download what a server has, without touching branches or files'
complete -c muse -n "__fish_muse_needs_command" -f -a "pull" -d 'Fetch, then bring the current branch and the files up to date'
complete -c muse -n "__fish_muse_needs_command" -f -a "push" -d 'Send commits to a server and move its branches'
complete -c muse -n "__fish_muse_needs_command" -f -a "job" -d 'Show or wait for a push that the server is still working on'
complete -c muse -n "__fish_muse_needs_command" -f -a "auth" -d 'Log in to servers'
complete -c muse -n "__fish_muse_needs_command" -f -a "config" -d 'Read and change settings'
complete -c muse -n "__fish_muse_needs_command" -f -a "import" -d 'Import the history of another version-control system'
complete -c muse -n "__fish_muse_needs_command" -f -a "fsck" -d 'Check that the repository is whole: every byte, and everything that refs reach'
complete -c muse -n "__fish_muse_needs_command" -f -a "verify" -d 'Check the keys and tables of all mpacks, and that all refs resolve'
complete -c muse -n "__fish_muse_needs_command" -f -a "gc" -d 'Pack what is reached into few files, and drop what nothing reaches'
complete -c muse -n "__fish_muse_needs_command" -f -a "debug" -d 'Look inside the files that this program keeps'
complete -c muse -n "__fish_muse_needs_command" -f -a "completions" -d 'Print a completion script for a shell'
complete -c muse -n "__fish_muse_needs_command" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c muse -n "__fish_muse_using_subcommand init" -s b -l initial-branch -d 'Name of the first branch' -r
complete -c muse -n "__fish_muse_using_subcommand init" -s C -d 'Work as if started in DIR' -r -F
complete -c muse -n "__fish_muse_using_subcommand init" -l color -d 'When to use colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c muse -n "__fish_muse_using_subcommand init" -s v -l verbose -d 'Print each step with its figures on stderr, too; twice, say more in lists'
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
complete -c muse -n "__fish_muse_using_subcommand clone" -s v -l verbose -d 'Print each step with its figures on stderr, too; twice, say more in lists'
complete -c muse -n "__fish_muse_using_subcommand clone" -s q -l quiet -d 'Print only results, warnings and errors'
complete -c muse -n "__fish_muse_using_subcommand clone" -l json -d 'Print results as JSON, and errors and progress as JSON Lines on stderr'
complete -c muse -n "__fish_muse_using_subcommand clone" -l no-progress -d 'Show no progress bars'
complete -c muse -n "__fish_muse_using_subcommand clone" -s h -l help -d 'Print help'
complete -c muse -n "__fish_muse_using_subcommand clone" -s V -l version -d 'Print version'
complete -c muse -n "__fish_muse_using_subcommand status" -s C -d 'Work as if started in DIR' -r -F
complete -c muse -n "__fish_muse_using_subcommand status" -l color -d 'When to use colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c muse -n "__fish_muse_using_subcommand status" -s s -l short -d 'Print one line for each file that changed: `A` added, `M` changed, `T` another kind or mode, `D` deleted, `U` in conflict, `X` cannot be recorded, `!` ignored'
complete -c muse -n "__fish_muse_using_subcommand status" -l porcelain -d 'As --short, in a form for programs that stays as it is'
complete -c muse -n "__fish_muse_using_subcommand status" -s z -d 'End each line with a NUL and leave paths as they are; implies --porcelain'
complete -c muse -n "__fish_muse_using_subcommand status" -l ignored -d 'List what is ignored, too; a directory that is ignored stands for all that is in it'
complete -c muse -n "__fish_muse_using_subcommand status" -s v -l verbose -d 'Print each step with its figures on stderr, too; twice, say more in lists'
complete -c muse -n "__fish_muse_using_subcommand status" -s q -l quiet -d 'Print only results, warnings and errors'
complete -c muse -n "__fish_muse_using_subcommand status" -l json -d 'Print results as JSON, and errors and progress as JSON Lines on stderr'
complete -c muse -n "__fish_muse_using_subcommand status" -l no-progress -d 'Show no progress bars'
complete -c muse -n "__fish_muse_using_subcommand status" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c muse -n "__fish_muse_using_subcommand status" -s V -l version -d 'Print version'
complete -c muse -n "__fish_muse_using_subcommand check-ignore" -s C -d 'Work as if started in DIR' -r -F
complete -c muse -n "__fish_muse_using_subcommand check-ignore" -l color -d 'When to use colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c muse -n "__fish_muse_using_subcommand check-ignore" -s v -l verbose -d 'Print each step with its figures on stderr, too; twice, say more in lists'
complete -c muse -n "__fish_muse_using_subcommand check-ignore" -s q -l quiet -d 'Print only results, warnings and errors'
complete -c muse -n "__fish_muse_using_subcommand check-ignore" -l json -d 'Print results as JSON, and errors and progress as JSON Lines on stderr'
complete -c muse -n "__fish_muse_using_subcommand check-ignore" -l no-progress -d 'Show no progress bars'
complete -c muse -n "__fish_muse_using_subcommand check-ignore" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c muse -n "__fish_muse_using_subcommand check-ignore" -s V -l version -d 'Print version'
complete -c muse -n "__fish_muse_using_subcommand clean" -s C -d 'Work as if started in DIR' -r -F
complete -c muse -n "__fish_muse_using_subcommand clean" -l color -d 'When to use colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c muse -n "__fish_muse_using_subcommand clean" -s n -l dry-run -d 'Only show what would go'
complete -c muse -n "__fish_muse_using_subcommand clean" -s f -l force -d 'Remove it'
complete -c muse -n "__fish_muse_using_subcommand clean" -s d -d 'Remove whole directories, too. This goes without saying for those that are named'
complete -c muse -n "__fish_muse_using_subcommand clean" -s x -d 'Remove what is ignored, too'
complete -c muse -n "__fish_muse_using_subcommand clean" -s v -l verbose -d 'Print each step with its figures on stderr, too; twice, say more in lists'
complete -c muse -n "__fish_muse_using_subcommand clean" -s q -l quiet -d 'Print only results, warnings and errors'
complete -c muse -n "__fish_muse_using_subcommand clean" -l json -d 'Print results as JSON, and errors and progress as JSON Lines on stderr'
complete -c muse -n "__fish_muse_using_subcommand clean" -l no-progress -d 'Show no progress bars'
complete -c muse -n "__fish_muse_using_subcommand clean" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c muse -n "__fish_muse_using_subcommand clean" -s V -l version -d 'Print version'
complete -c muse -n "__fish_muse_using_subcommand commit" -s m -l message -d 'Message; each further one becomes a paragraph of its own' -r
complete -c muse -n "__fish_muse_using_subcommand commit" -s F -l file -d 'Read the message from FILE, or from standard input if it is `-`' -r -F
complete -c muse -n "__fish_muse_using_subcommand commit" -s C -d 'Work as if started in DIR' -r -F
complete -c muse -n "__fish_muse_using_subcommand commit" -l color -d 'When to use colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c muse -n "__fish_muse_using_subcommand commit" -l allow-empty -d 'Commit even if nothing changed'
complete -c muse -n "__fish_muse_using_subcommand commit" -l amend -d 'Make the last commit anew, with the changes of the work tree. Author and time stay, and the message, too, unless another is given'
complete -c muse -n "__fish_muse_using_subcommand commit" -l no-edit -d 'With --amend: open no editor'
complete -c muse -n "__fish_muse_using_subcommand commit" -l reset-author -d 'With --amend: become the author, now'
complete -c muse -n "__fish_muse_using_subcommand commit" -s v -l verbose -d 'Print each step with its figures on stderr, too; twice, say more in lists'
complete -c muse -n "__fish_muse_using_subcommand commit" -s q -l quiet -d 'Print only results, warnings and errors'
complete -c muse -n "__fish_muse_using_subcommand commit" -l json -d 'Print results as JSON, and errors and progress as JSON Lines on stderr'
complete -c muse -n "__fish_muse_using_subcommand commit" -l no-progress -d 'Show no progress bars'
complete -c muse -n "__fish_muse_using_subcommand commit" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c muse -n "__fish_muse_using_subcommand commit" -s V -l version -d 'Print version'
complete -c muse -n "__fish_muse_using_subcommand log" -s n -l max-count -d 'At most N commits' -r
complete -c muse -n "__fish_muse_using_subcommand log" -l author -d 'Only commits whose author, `Name <e-mail>`, matches the regular expression; of several, one has to match' -r
complete -c muse -n "__fish_muse_using_subcommand log" -l grep -d 'Only commits whose message matches the regular expression; of several, one has to match' -r
complete -c muse -n "__fish_muse_using_subcommand log" -l since -l after -d 'Only commits since then: `2026-03-01`, `2026-03-01 12:00`, `2 weeks ago`, …' -r
complete -c muse -n "__fish_muse_using_subcommand log" -l until -l before -d 'Only commits until then' -r
complete -c muse -n "__fish_muse_using_subcommand log" -s U -l unified -d 'Show N unchanged lines around changed ones' -r
complete -c muse -n "__fish_muse_using_subcommand log" -s C -d 'Work as if started in DIR' -r -F
complete -c muse -n "__fish_muse_using_subcommand log" -l color -d 'When to use colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c muse -n "__fish_muse_using_subcommand log" -l oneline -d 'Print one line for each commit'
complete -c muse -n "__fish_muse_using_subcommand log" -l graph -d 'Draw the graph of the history beside it'
complete -c muse -n "__fish_muse_using_subcommand log" -l reverse -d 'Oldest first; -n N still means the newest ones'
complete -c muse -n "__fish_muse_using_subcommand log" -l all -d 'Start at every branch, tag and tracking ref, and at HEAD'
complete -c muse -n "__fish_muse_using_subcommand log" -s i -l regexp-ignore-case -d 'Let --author and --grep match capital letters and small ones alike'
complete -c muse -n "__fish_muse_using_subcommand log" -l first-parent -d 'Follow only the first parent of a merge'
complete -c muse -n "__fish_muse_using_subcommand log" -l merges -d 'Only merges'
complete -c muse -n "__fish_muse_using_subcommand log" -l no-merges -d 'No merges'
complete -c muse -n "__fish_muse_using_subcommand log" -s p -l patch -d 'Show changes line by line; with --stat, after it'
complete -c muse -n "__fish_muse_using_subcommand log" -l stat -d 'Show how many lines changed in each file'
complete -c muse -n "__fish_muse_using_subcommand log" -l name-only -d 'Show only the names of files that changed'
complete -c muse -n "__fish_muse_using_subcommand log" -l name-status -d 'Show the names of files that changed, each with what happened to it: A (added), D (deleted), M (modified), T (a file became a link, or the other way round) or R (renamed, with what both have in common in percent and both names)'
complete -c muse -n "__fish_muse_using_subcommand log" -l no-renames -d 'Show a file that moved as one that is gone and one that is new'
complete -c muse -n "__fish_muse_using_subcommand log" -s w -l ignore-all-space -d 'Take lines that differ in white space alone for the same'
complete -c muse -n "__fish_muse_using_subcommand log" -l word-diff -d 'Mark changed words within lines: `[-old-]{+new+}`'
complete -c muse -n "__fish_muse_using_subcommand log" -s v -l verbose -d 'Print each step with its figures on stderr, too; twice, say more in lists'
complete -c muse -n "__fish_muse_using_subcommand log" -s q -l quiet -d 'Print only results, warnings and errors'
complete -c muse -n "__fish_muse_using_subcommand log" -l json -d 'Print results as JSON, and errors and progress as JSON Lines on stderr'
complete -c muse -n "__fish_muse_using_subcommand log" -l no-progress -d 'Show no progress bars'
complete -c muse -n "__fish_muse_using_subcommand log" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c muse -n "__fish_muse_using_subcommand log" -s V -l version -d 'Print version'
complete -c muse -n "__fish_muse_using_subcommand show" -s U -l unified -d 'Show N unchanged lines around changed ones' -r
complete -c muse -n "__fish_muse_using_subcommand show" -s C -d 'Work as if started in DIR' -r -F
complete -c muse -n "__fish_muse_using_subcommand show" -l color -d 'When to use colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c muse -n "__fish_muse_using_subcommand show" -s p -l patch -d 'Show changes line by line; with --stat, after it'
complete -c muse -n "__fish_muse_using_subcommand show" -l stat -d 'Show how many lines changed in each file'
complete -c muse -n "__fish_muse_using_subcommand show" -l name-only -d 'Show only the names of files that changed'
complete -c muse -n "__fish_muse_using_subcommand show" -l name-status -d 'Show the names of files that changed, each with what happened to it: A (added), D (deleted), M (modified), T (a file became a link, or the other way round) or R (renamed, with what both have in common in percent and both names)'
complete -c muse -n "__fish_muse_using_subcommand show" -l no-renames -d 'Show a file that moved as one that is gone and one that is new'
complete -c muse -n "__fish_muse_using_subcommand show" -s w -l ignore-all-space -d 'Take lines that differ in white space alone for the same'
complete -c muse -n "__fish_muse_using_subcommand show" -l word-diff -d 'Mark changed words within lines: `[-old-]{+new+}`'
complete -c muse -n "__fish_muse_using_subcommand show" -s v -l verbose -d 'Print each step with its figures on stderr, too; twice, say more in lists'
complete -c muse -n "__fish_muse_using_subcommand show" -s q -l quiet -d 'Print only results, warnings and errors'
complete -c muse -n "__fish_muse_using_subcommand show" -l json -d 'Print results as JSON, and errors and progress as JSON Lines on stderr'
complete -c muse -n "__fish_muse_using_subcommand show" -l no-progress -d 'Show no progress bars'
complete -c muse -n "__fish_muse_using_subcommand show" -s h -l help -d 'Print help'
complete -c muse -n "__fish_muse_using_subcommand show" -s V -l version -d 'Print version'
complete -c muse -n "__fish_muse_using_subcommand diff" -s U -l unified -d 'Show N unchanged lines around changed ones' -r
complete -c muse -n "__fish_muse_using_subcommand diff" -s C -d 'Work as if started in DIR' -r -F
complete -c muse -n "__fish_muse_using_subcommand diff" -l color -d 'When to use colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c muse -n "__fish_muse_using_subcommand diff" -l exit-code -d 'End with exit code 1 if anything differs. With --quiet, that alone tells, and nothing is printed'
complete -c muse -n "__fish_muse_using_subcommand diff" -s p -l patch -d 'Show changes line by line; with --stat, after it'
complete -c muse -n "__fish_muse_using_subcommand diff" -l stat -d 'Show how many lines changed in each file'
complete -c muse -n "__fish_muse_using_subcommand diff" -l name-only -d 'Show only the names of files that changed'
complete -c muse -n "__fish_muse_using_subcommand diff" -l name-status -d 'Show the names of files that changed, each with what happened to it: A (added), D (deleted), M (modified), T (a file became a link, or the other way round) or R (renamed, with what both have in common in percent and both names)'
complete -c muse -n "__fish_muse_using_subcommand diff" -l no-renames -d 'Show a file that moved as one that is gone and one that is new'
complete -c muse -n "__fish_muse_using_subcommand diff" -s w -l ignore-all-space -d 'Take lines that differ in white space alone for the same'
complete -c muse -n "__fish_muse_using_subcommand diff" -l word-diff -d 'Mark changed words within lines: `[-old-]{+new+}`'
complete -c muse -n "__fish_muse_using_subcommand diff" -s v -l verbose -d 'Print each step with its figures on stderr, too; twice, say more in lists'
complete -c muse -n "__fish_muse_using_subcommand diff" -s q -l quiet -d 'Print only results, warnings and errors'
complete -c muse -n "__fish_muse_using_subcommand diff" -l json -d 'Print results as JSON, and errors and progress as JSON Lines on stderr'
complete -c muse -n "__fish_muse_using_subcommand diff" -l no-progress -d 'Show no progress bars'
complete -c muse -n "__fish_muse_using_subcommand diff" -s h -l help -d 'Print help'
complete -c muse -n "__fish_muse_using_subcommand diff" -s V -l version -d 'Print version'
complete -c muse -n "__fish_muse_using_subcommand blame" -s L -d 'Only these lines: `10,20` to the 20th, `10,+5` five of them, `10,` to the end' -r
complete -c muse -n "__fish_muse_using_subcommand blame" -s C -d 'Work as if started in DIR' -r -F
complete -c muse -n "__fish_muse_using_subcommand blame" -l color -d 'When to use colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c muse -n "__fish_muse_using_subcommand blame" -s w -l ignore-all-space -d 'Take lines that differ in white space alone for the same'
complete -c muse -n "__fish_muse_using_subcommand blame" -s v -l verbose -d 'Print each step with its figures on stderr, too; twice, say more in lists'
complete -c muse -n "__fish_muse_using_subcommand blame" -s q -l quiet -d 'Print only results, warnings and errors'
complete -c muse -n "__fish_muse_using_subcommand blame" -l json -d 'Print results as JSON, and errors and progress as JSON Lines on stderr'
complete -c muse -n "__fish_muse_using_subcommand blame" -l no-progress -d 'Show no progress bars'
complete -c muse -n "__fish_muse_using_subcommand blame" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c muse -n "__fish_muse_using_subcommand blame" -s V -l version -d 'Print version'
complete -c muse -n "__fish_muse_using_subcommand grep" -s e -l regexp -d 'A pattern; of several, one has to match' -r
complete -c muse -n "__fish_muse_using_subcommand grep" -s C -d 'Work as if started in DIR' -r -F
complete -c muse -n "__fish_muse_using_subcommand grep" -l color -d 'When to use colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c muse -n "__fish_muse_using_subcommand grep" -s i -l ignore-case -d 'Let capital letters and small ones match alike'
complete -c muse -n "__fish_muse_using_subcommand grep" -s n -l line-number -d 'Show the numbers of the lines'
complete -c muse -n "__fish_muse_using_subcommand grep" -s l -l files-with-matches -l name-only -d 'Show only the names of the files'
complete -c muse -n "__fish_muse_using_subcommand grep" -s w -l word-regexp -d 'Match whole words only'
complete -c muse -n "__fish_muse_using_subcommand grep" -s F -l fixed-strings -d 'Take the pattern for plain text'
complete -c muse -n "__fish_muse_using_subcommand grep" -s c -l count -d 'Show only how many lines match in each file'
complete -c muse -n "__fish_muse_using_subcommand grep" -s v -l verbose -d 'Print each step with its figures on stderr, too; twice, say more in lists'
complete -c muse -n "__fish_muse_using_subcommand grep" -s q -l quiet -d 'Print only results, warnings and errors'
complete -c muse -n "__fish_muse_using_subcommand grep" -l json -d 'Print results as JSON, and errors and progress as JSON Lines on stderr'
complete -c muse -n "__fish_muse_using_subcommand grep" -l no-progress -d 'Show no progress bars'
complete -c muse -n "__fish_muse_using_subcommand grep" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c muse -n "__fish_muse_using_subcommand grep" -s V -l version -d 'Print version'
complete -c muse -n "__fish_muse_using_subcommand describe" -s C -d 'Work as if started in DIR' -r -F
complete -c muse -n "__fish_muse_using_subcommand describe" -l color -d 'When to use colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c muse -n "__fish_muse_using_subcommand describe" -l long -d 'Print the distance and the id even of a commit that a tag names'
complete -c muse -n "__fish_muse_using_subcommand describe" -l always -d 'Print the shortened id of a commit that reaches no tag'
complete -c muse -n "__fish_muse_using_subcommand describe" -l exact-match -d 'Only describe a commit that a tag names'
complete -c muse -n "__fish_muse_using_subcommand describe" -s v -l verbose -d 'Print each step with its figures on stderr, too; twice, say more in lists'
complete -c muse -n "__fish_muse_using_subcommand describe" -s q -l quiet -d 'Print only results, warnings and errors'
complete -c muse -n "__fish_muse_using_subcommand describe" -l json -d 'Print results as JSON, and errors and progress as JSON Lines on stderr'
complete -c muse -n "__fish_muse_using_subcommand describe" -l no-progress -d 'Show no progress bars'
complete -c muse -n "__fish_muse_using_subcommand describe" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c muse -n "__fish_muse_using_subcommand describe" -s V -l version -d 'Print version'
complete -c muse -n "__fish_muse_using_subcommand shortlog" -l author -d 'Only commits whose author, `Name <e-mail>`, matches the regular expression; of several, one has to match' -r
complete -c muse -n "__fish_muse_using_subcommand shortlog" -l grep -d 'Only commits whose message matches the regular expression; of several, one has to match' -r
complete -c muse -n "__fish_muse_using_subcommand shortlog" -l since -l after -d 'Only commits since then: `2026-03-01`, `2026-03-01 12:00`, `2 weeks ago`, …' -r
complete -c muse -n "__fish_muse_using_subcommand shortlog" -l until -l before -d 'Only commits until then' -r
complete -c muse -n "__fish_muse_using_subcommand shortlog" -s C -d 'Work as if started in DIR' -r -F
complete -c muse -n "__fish_muse_using_subcommand shortlog" -l color -d 'When to use colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c muse -n "__fish_muse_using_subcommand shortlog" -s n -l numbered -d 'Those with the most commits first, instead of by name'
complete -c muse -n "__fish_muse_using_subcommand shortlog" -s s -l summary -d 'Print only how many commits there are'
complete -c muse -n "__fish_muse_using_subcommand shortlog" -s e -l email -d 'Tell authors of one name apart by their e-mail addresses, and show these'
complete -c muse -n "__fish_muse_using_subcommand shortlog" -l all -d 'Start at every branch, tag and tracking ref, and at HEAD'
complete -c muse -n "__fish_muse_using_subcommand shortlog" -s i -l regexp-ignore-case -d 'Let --author and --grep match capital letters and small ones alike'
complete -c muse -n "__fish_muse_using_subcommand shortlog" -l first-parent -d 'Follow only the first parent of a merge'
complete -c muse -n "__fish_muse_using_subcommand shortlog" -l merges -d 'Only merges'
complete -c muse -n "__fish_muse_using_subcommand shortlog" -l no-merges -d 'No merges'
complete -c muse -n "__fish_muse_using_subcommand shortlog" -s v -l verbose -d 'Print each step with its figures on stderr, too; twice, say more in lists'
complete -c muse -n "__fish_muse_using_subcommand shortlog" -s q -l quiet -d 'Print only results, warnings and errors'
complete -c muse -n "__fish_muse_using_subcommand shortlog" -l json -d 'Print results as JSON, and errors and progress as JSON Lines on stderr'
complete -c muse -n "__fish_muse_using_subcommand shortlog" -l no-progress -d 'Show no progress bars'
complete -c muse -n "__fish_muse_using_subcommand shortlog" -s h -l help -d 'Print help'
complete -c muse -n "__fish_muse_using_subcommand shortlog" -s V -l version -d 'Print version'
complete -c muse -n "__fish_muse_using_subcommand branch" -s d -l delete -d 'Delete a branch whose commits are in the current one or in what it follows on a server' -r
complete -c muse -n "__fish_muse_using_subcommand branch" -s D -d 'Delete a branch, even if commits are lost with it' -r
complete -c muse -n "__fish_muse_using_subcommand branch" -s m -l move -d 'Rename a branch: `-m NEW` the current one, `-m OLD NEW` another' -r
complete -c muse -n "__fish_muse_using_subcommand branch" -s u -l set-upstream-to -d 'Let a branch follow a server\'s: `muse pull` and `muse push` use it from then on' -r
complete -c muse -n "__fish_muse_using_subcommand branch" -s l -l list -d 'List the branches whose names fit PATTERN (`*` stands for slashes, too), or all. -v adds their commits and how far they are from what they follow, -vv what they follow' -r
complete -c muse -n "__fish_muse_using_subcommand branch" -l contains -d 'Only those whose history has REV, which is the current commit unless given' -r
complete -c muse -n "__fish_muse_using_subcommand branch" -l merged -d 'Only those that are contained in REV, which is the current commit unless given' -r
complete -c muse -n "__fish_muse_using_subcommand branch" -l no-merged -d 'Only those that are not contained in REV, which is the current commit unless given' -r
complete -c muse -n "__fish_muse_using_subcommand branch" -l sort -d 'Order: name, version (v1.9 before v1.10) or date; with a - before it, the other way round' -r
complete -c muse -n "__fish_muse_using_subcommand branch" -s C -d 'Work as if started in DIR' -r -F
complete -c muse -n "__fish_muse_using_subcommand branch" -l color -d 'When to use colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c muse -n "__fish_muse_using_subcommand branch" -l unset-upstream -d 'Let a branch follow nothing any more'
complete -c muse -n "__fish_muse_using_subcommand branch" -s a -l all -d 'List the servers\' branches as last seen, too'
complete -c muse -n "__fish_muse_using_subcommand branch" -s r -l remotes -d 'List only the servers\' branches as last seen'
complete -c muse -n "__fish_muse_using_subcommand branch" -s v -l verbose -d 'Print each step with its figures on stderr, too; twice, say more in lists'
complete -c muse -n "__fish_muse_using_subcommand branch" -s q -l quiet -d 'Print only results, warnings and errors'
complete -c muse -n "__fish_muse_using_subcommand branch" -l json -d 'Print results as JSON, and errors and progress as JSON Lines on stderr'
complete -c muse -n "__fish_muse_using_subcommand branch" -l no-progress -d 'Show no progress bars'
complete -c muse -n "__fish_muse_using_subcommand branch" -s h -l help -d 'Print help'
complete -c muse -n "__fish_muse_using_subcommand branch" -s V -l version -d 'Print version'
complete -c muse -n "__fish_muse_using_subcommand tag" -s m -l message -d 'Message; each further one becomes a paragraph of its own' -r
complete -c muse -n "__fish_muse_using_subcommand tag" -s F -l file -d 'Read the message from FILE, or from standard input if it is `-`' -r -F
complete -c muse -n "__fish_muse_using_subcommand tag" -s d -l delete -d 'Delete tags here; `muse push --delete refs/tags/TAG` does so on a server' -r
complete -c muse -n "__fish_muse_using_subcommand tag" -s l -l list -d 'List the tags whose names fit PATTERN (`*` stands for slashes, too), or all. -v adds their commits' -r
complete -c muse -n "__fish_muse_using_subcommand tag" -l contains -d 'Only those whose history has REV, which is the current commit unless given' -r
complete -c muse -n "__fish_muse_using_subcommand tag" -l merged -d 'Only those that are contained in REV, which is the current commit unless given' -r
complete -c muse -n "__fish_muse_using_subcommand tag" -l no-merged -d 'Only those that are not contained in REV, which is the current commit unless given' -r
complete -c muse -n "__fish_muse_using_subcommand tag" -l sort -d 'Order: name, version (v1.9 before v1.10) or date; with a - before it, the other way round' -r
complete -c muse -n "__fish_muse_using_subcommand tag" -s C -d 'Work as if started in DIR' -r -F
complete -c muse -n "__fish_muse_using_subcommand tag" -l color -d 'When to use colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c muse -n "__fish_muse_using_subcommand tag" -s a -l annotate -d 'Make an annotated tag, which says who made it, when, and why. A tag with a message always is one; without a message, an editor opens'
complete -c muse -n "__fish_muse_using_subcommand tag" -s f -l force -d 'Replace a tag of this name'
complete -c muse -n "__fish_muse_using_subcommand tag" -s n -l subjects -d 'List them with the first line of their messages, or their commits\''
complete -c muse -n "__fish_muse_using_subcommand tag" -s v -l verbose -d 'Print each step with its figures on stderr, too; twice, say more in lists'
complete -c muse -n "__fish_muse_using_subcommand tag" -s q -l quiet -d 'Print only results, warnings and errors'
complete -c muse -n "__fish_muse_using_subcommand tag" -l json -d 'Print results as JSON, and errors and progress as JSON Lines on stderr'
complete -c muse -n "__fish_muse_using_subcommand tag" -l no-progress -d 'Show no progress bars'
complete -c muse -n "__fish_muse_using_subcommand tag" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c muse -n "__fish_muse_using_subcommand tag" -s V -l version -d 'Print version'
complete -c muse -n "__fish_muse_using_subcommand switch" -s C -d 'Work as if started in DIR' -r -F
complete -c muse -n "__fish_muse_using_subcommand switch" -l color -d 'When to use colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c muse -n "__fish_muse_using_subcommand switch" -s c -l create -d 'Create the branch first; -b does the same'
complete -c muse -n "__fish_muse_using_subcommand switch" -l detach -d 'Switch to a commit, without a current branch'
complete -c muse -n "__fish_muse_using_subcommand switch" -s f -l force -l discard-changes -d 'Discard local changes: every file becomes as it is in NAME'
complete -c muse -n "__fish_muse_using_subcommand switch" -l continue -d 'Finish a checkout that was interrupted'
complete -c muse -n "__fish_muse_using_subcommand switch" -l abort -d 'Go back to where a checkout that was interrupted started'
complete -c muse -n "__fish_muse_using_subcommand switch" -s v -l verbose -d 'Print each step with its figures on stderr, too; twice, say more in lists'
complete -c muse -n "__fish_muse_using_subcommand switch" -s q -l quiet -d 'Print only results, warnings and errors'
complete -c muse -n "__fish_muse_using_subcommand switch" -l json -d 'Print results as JSON, and errors and progress as JSON Lines on stderr'
complete -c muse -n "__fish_muse_using_subcommand switch" -l no-progress -d 'Show no progress bars'
complete -c muse -n "__fish_muse_using_subcommand switch" -s h -l help -d 'Print help'
complete -c muse -n "__fish_muse_using_subcommand switch" -s V -l version -d 'Print version'
complete -c muse -n "__fish_muse_using_subcommand checkout" -s C -d 'Work as if started in DIR' -r -F
complete -c muse -n "__fish_muse_using_subcommand checkout" -l color -d 'When to use colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c muse -n "__fish_muse_using_subcommand checkout" -s c -l create -d 'Create the branch first; -b does the same'
complete -c muse -n "__fish_muse_using_subcommand checkout" -l detach -d 'Switch to a commit, without a current branch'
complete -c muse -n "__fish_muse_using_subcommand checkout" -s f -l force -l discard-changes -d 'Discard local changes: every file becomes as it is in NAME'
complete -c muse -n "__fish_muse_using_subcommand checkout" -l continue -d 'Finish a checkout that was interrupted'
complete -c muse -n "__fish_muse_using_subcommand checkout" -l abort -d 'Go back to where a checkout that was interrupted started'
complete -c muse -n "__fish_muse_using_subcommand checkout" -s v -l verbose -d 'Print each step with its figures on stderr, too; twice, say more in lists'
complete -c muse -n "__fish_muse_using_subcommand checkout" -s q -l quiet -d 'Print only results, warnings and errors'
complete -c muse -n "__fish_muse_using_subcommand checkout" -l json -d 'Print results as JSON, and errors and progress as JSON Lines on stderr'
complete -c muse -n "__fish_muse_using_subcommand checkout" -l no-progress -d 'Show no progress bars'
complete -c muse -n "__fish_muse_using_subcommand checkout" -s h -l help -d 'Print help'
complete -c muse -n "__fish_muse_using_subcommand checkout" -s V -l version -d 'Print version'
complete -c muse -n "__fish_muse_using_subcommand merge" -s m -l message -d 'Message; each further one becomes a paragraph of its own' -r
complete -c muse -n "__fish_muse_using_subcommand merge" -s F -l file -d 'Read the message from FILE, or from standard input if it is `-`' -r -F
complete -c muse -n "__fish_muse_using_subcommand merge" -s C -d 'Work as if started in DIR' -r -F
complete -c muse -n "__fish_muse_using_subcommand merge" -l color -d 'When to use colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c muse -n "__fish_muse_using_subcommand merge" -l no-ff -d 'Make a commit of the merge, even if the branch could just move on'
complete -c muse -n "__fish_muse_using_subcommand merge" -l ff-only -d 'Only move the branch on, or refuse'
complete -c muse -n "__fish_muse_using_subcommand merge" -l squash -d 'Make one commit of all changes, without the other branch as a parent'
complete -c muse -n "__fish_muse_using_subcommand merge" -l allow-unrelated -d 'Merge histories that have no commit in common'
complete -c muse -n "__fish_muse_using_subcommand merge" -l continue -d 'Once the conflicts are settled: commit, and go on'
complete -c muse -n "__fish_muse_using_subcommand merge" -l abort -d 'Go back to where it began'
complete -c muse -n "__fish_muse_using_subcommand merge" -s v -l verbose -d 'Print each step with its figures on stderr, too; twice, say more in lists'
complete -c muse -n "__fish_muse_using_subcommand merge" -s q -l quiet -d 'Print only results, warnings and errors'
complete -c muse -n "__fish_muse_using_subcommand merge" -l json -d 'Print results as JSON, and errors and progress as JSON Lines on stderr'
complete -c muse -n "__fish_muse_using_subcommand merge" -l no-progress -d 'Show no progress bars'
complete -c muse -n "__fish_muse_using_subcommand merge" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c muse -n "__fish_muse_using_subcommand merge" -s V -l version -d 'Print version'
complete -c muse -n "__fish_muse_using_subcommand rebase" -l onto -d 'Make the commits on top of this one, instead of REV' -r
complete -c muse -n "__fish_muse_using_subcommand rebase" -s C -d 'Work as if started in DIR' -r -F
complete -c muse -n "__fish_muse_using_subcommand rebase" -l color -d 'When to use colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c muse -n "__fish_muse_using_subcommand rebase" -l skip -d 'Leave out the commit that is in conflict, and go on'
complete -c muse -n "__fish_muse_using_subcommand rebase" -l continue -d 'Once the conflicts are settled: commit, and go on'
complete -c muse -n "__fish_muse_using_subcommand rebase" -l abort -d 'Go back to where it began'
complete -c muse -n "__fish_muse_using_subcommand rebase" -s v -l verbose -d 'Print each step with its figures on stderr, too; twice, say more in lists'
complete -c muse -n "__fish_muse_using_subcommand rebase" -s q -l quiet -d 'Print only results, warnings and errors'
complete -c muse -n "__fish_muse_using_subcommand rebase" -l json -d 'Print results as JSON, and errors and progress as JSON Lines on stderr'
complete -c muse -n "__fish_muse_using_subcommand rebase" -l no-progress -d 'Show no progress bars'
complete -c muse -n "__fish_muse_using_subcommand rebase" -s h -l help -d 'Print help'
complete -c muse -n "__fish_muse_using_subcommand rebase" -s V -l version -d 'Print version'
complete -c muse -n "__fish_muse_using_subcommand cherry-pick" -s m -l mainline -d 'Of a merge, take the changes against its parent number N, counted from 1' -r
complete -c muse -n "__fish_muse_using_subcommand cherry-pick" -s C -d 'Work as if started in DIR' -r -F
complete -c muse -n "__fish_muse_using_subcommand cherry-pick" -l color -d 'When to use colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c muse -n "__fish_muse_using_subcommand cherry-pick" -l skip -d 'Leave out the commit that is in conflict, and go on'
complete -c muse -n "__fish_muse_using_subcommand cherry-pick" -l continue -d 'Once the conflicts are settled: commit, and go on'
complete -c muse -n "__fish_muse_using_subcommand cherry-pick" -l abort -d 'Go back to where it began'
complete -c muse -n "__fish_muse_using_subcommand cherry-pick" -s v -l verbose -d 'Print each step with its figures on stderr, too; twice, say more in lists'
complete -c muse -n "__fish_muse_using_subcommand cherry-pick" -s q -l quiet -d 'Print only results, warnings and errors'
complete -c muse -n "__fish_muse_using_subcommand cherry-pick" -l json -d 'Print results as JSON, and errors and progress as JSON Lines on stderr'
complete -c muse -n "__fish_muse_using_subcommand cherry-pick" -l no-progress -d 'Show no progress bars'
complete -c muse -n "__fish_muse_using_subcommand cherry-pick" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c muse -n "__fish_muse_using_subcommand cherry-pick" -s V -l version -d 'Print version'
complete -c muse -n "__fish_muse_using_subcommand revert" -s m -l mainline -d 'Of a merge, take the changes against its parent number N, counted from 1' -r
complete -c muse -n "__fish_muse_using_subcommand revert" -s C -d 'Work as if started in DIR' -r -F
complete -c muse -n "__fish_muse_using_subcommand revert" -l color -d 'When to use colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c muse -n "__fish_muse_using_subcommand revert" -l skip -d 'Leave out the commit that is in conflict, and go on'
complete -c muse -n "__fish_muse_using_subcommand revert" -l continue -d 'Once the conflicts are settled: commit, and go on'
complete -c muse -n "__fish_muse_using_subcommand revert" -l abort -d 'Go back to where it began'
complete -c muse -n "__fish_muse_using_subcommand revert" -s v -l verbose -d 'Print each step with its figures on stderr, too; twice, say more in lists'
complete -c muse -n "__fish_muse_using_subcommand revert" -s q -l quiet -d 'Print only results, warnings and errors'
complete -c muse -n "__fish_muse_using_subcommand revert" -l json -d 'Print results as JSON, and errors and progress as JSON Lines on stderr'
complete -c muse -n "__fish_muse_using_subcommand revert" -l no-progress -d 'Show no progress bars'
complete -c muse -n "__fish_muse_using_subcommand revert" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c muse -n "__fish_muse_using_subcommand revert" -s V -l version -d 'Print version'
complete -c muse -n "__fish_muse_using_subcommand resolve" -s C -d 'Work as if started in DIR' -r -F
complete -c muse -n "__fish_muse_using_subcommand resolve" -l color -d 'When to use colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c muse -n "__fish_muse_using_subcommand resolve" -s v -l verbose -d 'Print each step with its figures on stderr, too; twice, say more in lists'
complete -c muse -n "__fish_muse_using_subcommand resolve" -s q -l quiet -d 'Print only results, warnings and errors'
complete -c muse -n "__fish_muse_using_subcommand resolve" -l json -d 'Print results as JSON, and errors and progress as JSON Lines on stderr'
complete -c muse -n "__fish_muse_using_subcommand resolve" -l no-progress -d 'Show no progress bars'
complete -c muse -n "__fish_muse_using_subcommand resolve" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c muse -n "__fish_muse_using_subcommand resolve" -s V -l version -d 'Print version'
complete -c muse -n "__fish_muse_using_subcommand stash; and not __fish_seen_subcommand_from push pop apply list show drop help" -s m -l message -d 'What the stash is called in the list' -r
complete -c muse -n "__fish_muse_using_subcommand stash; and not __fish_seen_subcommand_from push pop apply list show drop help" -s C -d 'Work as if started in DIR' -r -F
complete -c muse -n "__fish_muse_using_subcommand stash; and not __fish_seen_subcommand_from push pop apply list show drop help" -l color -d 'When to use colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c muse -n "__fish_muse_using_subcommand stash; and not __fish_seen_subcommand_from push pop apply list show drop help" -s v -l verbose -d 'Print each step with its figures on stderr, too; twice, say more in lists'
complete -c muse -n "__fish_muse_using_subcommand stash; and not __fish_seen_subcommand_from push pop apply list show drop help" -s q -l quiet -d 'Print only results, warnings and errors'
complete -c muse -n "__fish_muse_using_subcommand stash; and not __fish_seen_subcommand_from push pop apply list show drop help" -l json -d 'Print results as JSON, and errors and progress as JSON Lines on stderr'
complete -c muse -n "__fish_muse_using_subcommand stash; and not __fish_seen_subcommand_from push pop apply list show drop help" -l no-progress -d 'Show no progress bars'
complete -c muse -n "__fish_muse_using_subcommand stash; and not __fish_seen_subcommand_from push pop apply list show drop help" -s h -l help -d 'Print help'
complete -c muse -n "__fish_muse_using_subcommand stash; and not __fish_seen_subcommand_from push pop apply list show drop help" -s V -l version -d 'Print version'
complete -c muse -n "__fish_muse_using_subcommand stash; and not __fish_seen_subcommand_from push pop apply list show drop help" -f -a "push" -d 'Put local changes aside; what `muse stash` does'
complete -c muse -n "__fish_muse_using_subcommand stash; and not __fish_seen_subcommand_from push pop apply list show drop help" -f -a "pop" -d 'Bring a stash back, and drop it'
complete -c muse -n "__fish_muse_using_subcommand stash; and not __fish_seen_subcommand_from push pop apply list show drop help" -f -a "apply" -d 'Bring a stash back, and keep it'
complete -c muse -n "__fish_muse_using_subcommand stash; and not __fish_seen_subcommand_from push pop apply list show drop help" -f -a "list" -d 'List the stashes, the newest first'
complete -c muse -n "__fish_muse_using_subcommand stash; and not __fish_seen_subcommand_from push pop apply list show drop help" -f -a "show" -d 'Show what a stash changes: how many lines in each file, or with -p the lines'
complete -c muse -n "__fish_muse_using_subcommand stash; and not __fish_seen_subcommand_from push pop apply list show drop help" -f -a "drop" -d 'Drop a stash'
complete -c muse -n "__fish_muse_using_subcommand stash; and not __fish_seen_subcommand_from push pop apply list show drop help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c muse -n "__fish_muse_using_subcommand stash; and __fish_seen_subcommand_from push" -s m -l message -d 'What the stash is called in the list' -r
complete -c muse -n "__fish_muse_using_subcommand stash; and __fish_seen_subcommand_from push" -s C -d 'Work as if started in DIR' -r -F
complete -c muse -n "__fish_muse_using_subcommand stash; and __fish_seen_subcommand_from push" -l color -d 'When to use colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c muse -n "__fish_muse_using_subcommand stash; and __fish_seen_subcommand_from push" -s v -l verbose -d 'Print each step with its figures on stderr, too; twice, say more in lists'
complete -c muse -n "__fish_muse_using_subcommand stash; and __fish_seen_subcommand_from push" -s q -l quiet -d 'Print only results, warnings and errors'
complete -c muse -n "__fish_muse_using_subcommand stash; and __fish_seen_subcommand_from push" -l json -d 'Print results as JSON, and errors and progress as JSON Lines on stderr'
complete -c muse -n "__fish_muse_using_subcommand stash; and __fish_seen_subcommand_from push" -l no-progress -d 'Show no progress bars'
complete -c muse -n "__fish_muse_using_subcommand stash; and __fish_seen_subcommand_from push" -s h -l help -d 'Print help'
complete -c muse -n "__fish_muse_using_subcommand stash; and __fish_seen_subcommand_from push" -s V -l version -d 'Print version'
complete -c muse -n "__fish_muse_using_subcommand stash; and __fish_seen_subcommand_from pop" -s C -d 'Work as if started in DIR' -r -F
complete -c muse -n "__fish_muse_using_subcommand stash; and __fish_seen_subcommand_from pop" -l color -d 'When to use colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c muse -n "__fish_muse_using_subcommand stash; and __fish_seen_subcommand_from pop" -l continue -d 'Once the conflicts are settled: drop the stash. The changes stay in the work tree'
complete -c muse -n "__fish_muse_using_subcommand stash; and __fish_seen_subcommand_from pop" -l abort -d 'Go back to where the work tree was'
complete -c muse -n "__fish_muse_using_subcommand stash; and __fish_seen_subcommand_from pop" -s v -l verbose -d 'Print each step with its figures on stderr, too; twice, say more in lists'
complete -c muse -n "__fish_muse_using_subcommand stash; and __fish_seen_subcommand_from pop" -s q -l quiet -d 'Print only results, warnings and errors'
complete -c muse -n "__fish_muse_using_subcommand stash; and __fish_seen_subcommand_from pop" -l json -d 'Print results as JSON, and errors and progress as JSON Lines on stderr'
complete -c muse -n "__fish_muse_using_subcommand stash; and __fish_seen_subcommand_from pop" -l no-progress -d 'Show no progress bars'
complete -c muse -n "__fish_muse_using_subcommand stash; and __fish_seen_subcommand_from pop" -s h -l help -d 'Print help'
complete -c muse -n "__fish_muse_using_subcommand stash; and __fish_seen_subcommand_from pop" -s V -l version -d 'Print version'
complete -c muse -n "__fish_muse_using_subcommand stash; and __fish_seen_subcommand_from apply" -s C -d 'Work as if started in DIR' -r -F
complete -c muse -n "__fish_muse_using_subcommand stash; and __fish_seen_subcommand_from apply" -l color -d 'When to use colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c muse -n "__fish_muse_using_subcommand stash; and __fish_seen_subcommand_from apply" -s v -l verbose -d 'Print each step with its figures on stderr, too; twice, say more in lists'
complete -c muse -n "__fish_muse_using_subcommand stash; and __fish_seen_subcommand_from apply" -s q -l quiet -d 'Print only results, warnings and errors'
complete -c muse -n "__fish_muse_using_subcommand stash; and __fish_seen_subcommand_from apply" -l json -d 'Print results as JSON, and errors and progress as JSON Lines on stderr'
complete -c muse -n "__fish_muse_using_subcommand stash; and __fish_seen_subcommand_from apply" -l no-progress -d 'Show no progress bars'
complete -c muse -n "__fish_muse_using_subcommand stash; and __fish_seen_subcommand_from apply" -s h -l help -d 'Print help'
complete -c muse -n "__fish_muse_using_subcommand stash; and __fish_seen_subcommand_from apply" -s V -l version -d 'Print version'
complete -c muse -n "__fish_muse_using_subcommand stash; and __fish_seen_subcommand_from list" -s C -d 'Work as if started in DIR' -r -F
complete -c muse -n "__fish_muse_using_subcommand stash; and __fish_seen_subcommand_from list" -l color -d 'When to use colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c muse -n "__fish_muse_using_subcommand stash; and __fish_seen_subcommand_from list" -s v -l verbose -d 'Print each step with its figures on stderr, too; twice, say more in lists'
complete -c muse -n "__fish_muse_using_subcommand stash; and __fish_seen_subcommand_from list" -s q -l quiet -d 'Print only results, warnings and errors'
complete -c muse -n "__fish_muse_using_subcommand stash; and __fish_seen_subcommand_from list" -l json -d 'Print results as JSON, and errors and progress as JSON Lines on stderr'
complete -c muse -n "__fish_muse_using_subcommand stash; and __fish_seen_subcommand_from list" -l no-progress -d 'Show no progress bars'
complete -c muse -n "__fish_muse_using_subcommand stash; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help'
complete -c muse -n "__fish_muse_using_subcommand stash; and __fish_seen_subcommand_from list" -s V -l version -d 'Print version'
complete -c muse -n "__fish_muse_using_subcommand stash; and __fish_seen_subcommand_from show" -s U -l unified -d 'Show N unchanged lines around changed ones' -r
complete -c muse -n "__fish_muse_using_subcommand stash; and __fish_seen_subcommand_from show" -s C -d 'Work as if started in DIR' -r -F
complete -c muse -n "__fish_muse_using_subcommand stash; and __fish_seen_subcommand_from show" -l color -d 'When to use colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c muse -n "__fish_muse_using_subcommand stash; and __fish_seen_subcommand_from show" -s p -l patch -d 'Show changes line by line; with --stat, after it'
complete -c muse -n "__fish_muse_using_subcommand stash; and __fish_seen_subcommand_from show" -l stat -d 'Show how many lines changed in each file'
complete -c muse -n "__fish_muse_using_subcommand stash; and __fish_seen_subcommand_from show" -l name-only -d 'Show only the names of files that changed'
complete -c muse -n "__fish_muse_using_subcommand stash; and __fish_seen_subcommand_from show" -l name-status -d 'Show the names of files that changed, each with what happened to it: A (added), D (deleted), M (modified), T (a file became a link, or the other way round) or R (renamed, with what both have in common in percent and both names)'
complete -c muse -n "__fish_muse_using_subcommand stash; and __fish_seen_subcommand_from show" -l no-renames -d 'Show a file that moved as one that is gone and one that is new'
complete -c muse -n "__fish_muse_using_subcommand stash; and __fish_seen_subcommand_from show" -s w -l ignore-all-space -d 'Take lines that differ in white space alone for the same'
complete -c muse -n "__fish_muse_using_subcommand stash; and __fish_seen_subcommand_from show" -l word-diff -d 'Mark changed words within lines: `[-old-]{+new+}`'
complete -c muse -n "__fish_muse_using_subcommand stash; and __fish_seen_subcommand_from show" -s v -l verbose -d 'Print each step with its figures on stderr, too; twice, say more in lists'
complete -c muse -n "__fish_muse_using_subcommand stash; and __fish_seen_subcommand_from show" -s q -l quiet -d 'Print only results, warnings and errors'
complete -c muse -n "__fish_muse_using_subcommand stash; and __fish_seen_subcommand_from show" -l json -d 'Print results as JSON, and errors and progress as JSON Lines on stderr'
complete -c muse -n "__fish_muse_using_subcommand stash; and __fish_seen_subcommand_from show" -l no-progress -d 'Show no progress bars'
complete -c muse -n "__fish_muse_using_subcommand stash; and __fish_seen_subcommand_from show" -s h -l help -d 'Print help'
complete -c muse -n "__fish_muse_using_subcommand stash; and __fish_seen_subcommand_from show" -s V -l version -d 'Print version'
complete -c muse -n "__fish_muse_using_subcommand stash; and __fish_seen_subcommand_from drop" -s C -d 'Work as if started in DIR' -r -F
complete -c muse -n "__fish_muse_using_subcommand stash; and __fish_seen_subcommand_from drop" -l color -d 'When to use colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c muse -n "__fish_muse_using_subcommand stash; and __fish_seen_subcommand_from drop" -s v -l verbose -d 'Print each step with its figures on stderr, too; twice, say more in lists'
complete -c muse -n "__fish_muse_using_subcommand stash; and __fish_seen_subcommand_from drop" -s q -l quiet -d 'Print only results, warnings and errors'
complete -c muse -n "__fish_muse_using_subcommand stash; and __fish_seen_subcommand_from drop" -l json -d 'Print results as JSON, and errors and progress as JSON Lines on stderr'
complete -c muse -n "__fish_muse_using_subcommand stash; and __fish_seen_subcommand_from drop" -l no-progress -d 'Show no progress bars'
complete -c muse -n "__fish_muse_using_subcommand stash; and __fish_seen_subcommand_from drop" -s h -l help -d 'Print help'
complete -c muse -n "__fish_muse_using_subcommand stash; and __fish_seen_subcommand_from drop" -s V -l version -d 'Print version'
complete -c muse -n "__fish_muse_using_subcommand stash; and __fish_seen_subcommand_from help" -f -a "push" -d 'Put local changes aside; what `muse stash` does'
complete -c muse -n "__fish_muse_using_subcommand stash; and __fish_seen_subcommand_from help" -f -a "pop" -d 'Bring a stash back, and drop it'
complete -c muse -n "__fish_muse_using_subcommand stash; and __fish_seen_subcommand_from help" -f -a "apply" -d 'Bring a stash back, and keep it'
complete -c muse -n "__fish_muse_using_subcommand stash; and __fish_seen_subcommand_from help" -f -a "list" -d 'List the stashes, the newest first'
complete -c muse -n "__fish_muse_using_subcommand stash; and __fish_seen_subcommand_from help" -f -a "show" -d 'Show what a stash changes: how many lines in each file, or with -p the lines'
complete -c muse -n "__fish_muse_using_subcommand stash; and __fish_seen_subcommand_from help" -f -a "drop" -d 'Drop a stash'
complete -c muse -n "__fish_muse_using_subcommand stash; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c muse -n "__fish_muse_using_subcommand restore" -s s -l source -d 'Take the files of this branch, tag or commit; those of the current commit unless given' -r
complete -c muse -n "__fish_muse_using_subcommand restore" -s C -d 'Work as if started in DIR' -r -F
complete -c muse -n "__fish_muse_using_subcommand restore" -l color -d 'When to use colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c muse -n "__fish_muse_using_subcommand restore" -l ours -d 'Settle conflicts with the version of the branch that changes are brought onto. A file that had to make way goes back to its place'
complete -c muse -n "__fish_muse_using_subcommand restore" -l theirs -d 'Settle conflicts with the version that is brought'
complete -c muse -n "__fish_muse_using_subcommand restore" -s m -l merge -d 'Bring conflicts back as they were at first, markers and all'
complete -c muse -n "__fish_muse_using_subcommand restore" -s v -l verbose -d 'Print each step with its figures on stderr, too; twice, say more in lists'
complete -c muse -n "__fish_muse_using_subcommand restore" -s q -l quiet -d 'Print only results, warnings and errors'
complete -c muse -n "__fish_muse_using_subcommand restore" -l json -d 'Print results as JSON, and errors and progress as JSON Lines on stderr'
complete -c muse -n "__fish_muse_using_subcommand restore" -l no-progress -d 'Show no progress bars'
complete -c muse -n "__fish_muse_using_subcommand restore" -s h -l help -d 'Print help'
complete -c muse -n "__fish_muse_using_subcommand restore" -s V -l version -d 'Print version'
complete -c muse -n "__fish_muse_using_subcommand reset" -s C -d 'Work as if started in DIR' -r -F
complete -c muse -n "__fish_muse_using_subcommand reset" -l color -d 'When to use colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c muse -n "__fish_muse_using_subcommand reset" -l hard -d 'Make the files those of the commit, and lose local changes'
complete -c muse -n "__fish_muse_using_subcommand reset" -s v -l verbose -d 'Print each step with its figures on stderr, too; twice, say more in lists'
complete -c muse -n "__fish_muse_using_subcommand reset" -s q -l quiet -d 'Print only results, warnings and errors'
complete -c muse -n "__fish_muse_using_subcommand reset" -l json -d 'Print results as JSON, and errors and progress as JSON Lines on stderr'
complete -c muse -n "__fish_muse_using_subcommand reset" -l no-progress -d 'Show no progress bars'
complete -c muse -n "__fish_muse_using_subcommand reset" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c muse -n "__fish_muse_using_subcommand reset" -s V -l version -d 'Print version'
complete -c muse -n "__fish_muse_using_subcommand bisect; and not __fish_seen_subcommand_from start good bad skip run log reset help" -s C -d 'Work as if started in DIR' -r -F
complete -c muse -n "__fish_muse_using_subcommand bisect; and not __fish_seen_subcommand_from start good bad skip run log reset help" -l color -d 'When to use colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c muse -n "__fish_muse_using_subcommand bisect; and not __fish_seen_subcommand_from start good bad skip run log reset help" -s v -l verbose -d 'Print each step with its figures on stderr, too; twice, say more in lists'
complete -c muse -n "__fish_muse_using_subcommand bisect; and not __fish_seen_subcommand_from start good bad skip run log reset help" -s q -l quiet -d 'Print only results, warnings and errors'
complete -c muse -n "__fish_muse_using_subcommand bisect; and not __fish_seen_subcommand_from start good bad skip run log reset help" -l json -d 'Print results as JSON, and errors and progress as JSON Lines on stderr'
complete -c muse -n "__fish_muse_using_subcommand bisect; and not __fish_seen_subcommand_from start good bad skip run log reset help" -l no-progress -d 'Show no progress bars'
complete -c muse -n "__fish_muse_using_subcommand bisect; and not __fish_seen_subcommand_from start good bad skip run log reset help" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c muse -n "__fish_muse_using_subcommand bisect; and not __fish_seen_subcommand_from start good bad skip run log reset help" -s V -l version -d 'Print version'
complete -c muse -n "__fish_muse_using_subcommand bisect; and not __fish_seen_subcommand_from start good bad skip run log reset help" -f -a "start" -d 'Start, with a bad commit and good ones if they are known'
complete -c muse -n "__fish_muse_using_subcommand bisect; and not __fish_seen_subcommand_from start good bad skip run log reset help" -f -a "good" -d 'The commit is not broken'
complete -c muse -n "__fish_muse_using_subcommand bisect; and not __fish_seen_subcommand_from start good bad skip run log reset help" -f -a "bad" -d 'The commit is broken'
complete -c muse -n "__fish_muse_using_subcommand bisect; and not __fish_seen_subcommand_from start good bad skip run log reset help" -f -a "skip" -d 'The commit cannot be tried'
complete -c muse -n "__fish_muse_using_subcommand bisect; and not __fish_seen_subcommand_from start good bad skip run log reset help" -f -a "run" -d 'Run a command on one commit after the other until the first bad one is found'
complete -c muse -n "__fish_muse_using_subcommand bisect; and not __fish_seen_subcommand_from start good bad skip run log reset help" -f -a "log" -d 'Show what was found out so far'
complete -c muse -n "__fish_muse_using_subcommand bisect; and not __fish_seen_subcommand_from start good bad skip run log reset help" -f -a "reset" -d 'End, and go back to where HEAD was'
complete -c muse -n "__fish_muse_using_subcommand bisect; and not __fish_seen_subcommand_from start good bad skip run log reset help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c muse -n "__fish_muse_using_subcommand bisect; and __fish_seen_subcommand_from start" -s C -d 'Work as if started in DIR' -r -F
complete -c muse -n "__fish_muse_using_subcommand bisect; and __fish_seen_subcommand_from start" -l color -d 'When to use colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c muse -n "__fish_muse_using_subcommand bisect; and __fish_seen_subcommand_from start" -s v -l verbose -d 'Print each step with its figures on stderr, too; twice, say more in lists'
complete -c muse -n "__fish_muse_using_subcommand bisect; and __fish_seen_subcommand_from start" -s q -l quiet -d 'Print only results, warnings and errors'
complete -c muse -n "__fish_muse_using_subcommand bisect; and __fish_seen_subcommand_from start" -l json -d 'Print results as JSON, and errors and progress as JSON Lines on stderr'
complete -c muse -n "__fish_muse_using_subcommand bisect; and __fish_seen_subcommand_from start" -l no-progress -d 'Show no progress bars'
complete -c muse -n "__fish_muse_using_subcommand bisect; and __fish_seen_subcommand_from start" -s h -l help -d 'Print help'
complete -c muse -n "__fish_muse_using_subcommand bisect; and __fish_seen_subcommand_from start" -s V -l version -d 'Print version'
complete -c muse -n "__fish_muse_using_subcommand bisect; and __fish_seen_subcommand_from good" -s C -d 'Work as if started in DIR' -r -F
complete -c muse -n "__fish_muse_using_subcommand bisect; and __fish_seen_subcommand_from good" -l color -d 'When to use colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c muse -n "__fish_muse_using_subcommand bisect; and __fish_seen_subcommand_from good" -s v -l verbose -d 'Print each step with its figures on stderr, too; twice, say more in lists'
complete -c muse -n "__fish_muse_using_subcommand bisect; and __fish_seen_subcommand_from good" -s q -l quiet -d 'Print only results, warnings and errors'
complete -c muse -n "__fish_muse_using_subcommand bisect; and __fish_seen_subcommand_from good" -l json -d 'Print results as JSON, and errors and progress as JSON Lines on stderr'
complete -c muse -n "__fish_muse_using_subcommand bisect; and __fish_seen_subcommand_from good" -l no-progress -d 'Show no progress bars'
complete -c muse -n "__fish_muse_using_subcommand bisect; and __fish_seen_subcommand_from good" -s h -l help -d 'Print help'
complete -c muse -n "__fish_muse_using_subcommand bisect; and __fish_seen_subcommand_from good" -s V -l version -d 'Print version'
complete -c muse -n "__fish_muse_using_subcommand bisect; and __fish_seen_subcommand_from bad" -s C -d 'Work as if started in DIR' -r -F
complete -c muse -n "__fish_muse_using_subcommand bisect; and __fish_seen_subcommand_from bad" -l color -d 'When to use colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c muse -n "__fish_muse_using_subcommand bisect; and __fish_seen_subcommand_from bad" -s v -l verbose -d 'Print each step with its figures on stderr, too; twice, say more in lists'
complete -c muse -n "__fish_muse_using_subcommand bisect; and __fish_seen_subcommand_from bad" -s q -l quiet -d 'Print only results, warnings and errors'
complete -c muse -n "__fish_muse_using_subcommand bisect; and __fish_seen_subcommand_from bad" -l json -d 'Print results as JSON, and errors and progress as JSON Lines on stderr'
complete -c muse -n "__fish_muse_using_subcommand bisect; and __fish_seen_subcommand_from bad" -l no-progress -d 'Show no progress bars'
complete -c muse -n "__fish_muse_using_subcommand bisect; and __fish_seen_subcommand_from bad" -s h -l help -d 'Print help'
complete -c muse -n "__fish_muse_using_subcommand bisect; and __fish_seen_subcommand_from bad" -s V -l version -d 'Print version'
complete -c muse -n "__fish_muse_using_subcommand bisect; and __fish_seen_subcommand_from skip" -s C -d 'Work as if started in DIR' -r -F
complete -c muse -n "__fish_muse_using_subcommand bisect; and __fish_seen_subcommand_from skip" -l color -d 'When to use colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c muse -n "__fish_muse_using_subcommand bisect; and __fish_seen_subcommand_from skip" -s v -l verbose -d 'Print each step with its figures on stderr, too; twice, say more in lists'
complete -c muse -n "__fish_muse_using_subcommand bisect; and __fish_seen_subcommand_from skip" -s q -l quiet -d 'Print only results, warnings and errors'
complete -c muse -n "__fish_muse_using_subcommand bisect; and __fish_seen_subcommand_from skip" -l json -d 'Print results as JSON, and errors and progress as JSON Lines on stderr'
complete -c muse -n "__fish_muse_using_subcommand bisect; and __fish_seen_subcommand_from skip" -l no-progress -d 'Show no progress bars'
complete -c muse -n "__fish_muse_using_subcommand bisect; and __fish_seen_subcommand_from skip" -s h -l help -d 'Print help'
complete -c muse -n "__fish_muse_using_subcommand bisect; and __fish_seen_subcommand_from skip" -s V -l version -d 'Print version'
complete -c muse -n "__fish_muse_using_subcommand bisect; and __fish_seen_subcommand_from run" -s C -d 'Work as if started in DIR' -r -F
complete -c muse -n "__fish_muse_using_subcommand bisect; and __fish_seen_subcommand_from run" -l color -d 'When to use colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c muse -n "__fish_muse_using_subcommand bisect; and __fish_seen_subcommand_from run" -s v -l verbose -d 'Print each step with its figures on stderr, too; twice, say more in lists'
complete -c muse -n "__fish_muse_using_subcommand bisect; and __fish_seen_subcommand_from run" -s q -l quiet -d 'Print only results, warnings and errors'
complete -c muse -n "__fish_muse_using_subcommand bisect; and __fish_seen_subcommand_from run" -l json -d 'Print results as JSON, and errors and progress as JSON Lines on stderr'
complete -c muse -n "__fish_muse_using_subcommand bisect; and __fish_seen_subcommand_from run" -l no-progress -d 'Show no progress bars'
complete -c muse -n "__fish_muse_using_subcommand bisect; and __fish_seen_subcommand_from run" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c muse -n "__fish_muse_using_subcommand bisect; and __fish_seen_subcommand_from run" -s V -l version -d 'Print version'
complete -c muse -n "__fish_muse_using_subcommand bisect; and __fish_seen_subcommand_from log" -s C -d 'Work as if started in DIR' -r -F
complete -c muse -n "__fish_muse_using_subcommand bisect; and __fish_seen_subcommand_from log" -l color -d 'When to use colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c muse -n "__fish_muse_using_subcommand bisect; and __fish_seen_subcommand_from log" -s v -l verbose -d 'Print each step with its figures on stderr, too; twice, say more in lists'
complete -c muse -n "__fish_muse_using_subcommand bisect; and __fish_seen_subcommand_from log" -s q -l quiet -d 'Print only results, warnings and errors'
complete -c muse -n "__fish_muse_using_subcommand bisect; and __fish_seen_subcommand_from log" -l json -d 'Print results as JSON, and errors and progress as JSON Lines on stderr'
complete -c muse -n "__fish_muse_using_subcommand bisect; and __fish_seen_subcommand_from log" -l no-progress -d 'Show no progress bars'
complete -c muse -n "__fish_muse_using_subcommand bisect; and __fish_seen_subcommand_from log" -s h -l help -d 'Print help'
complete -c muse -n "__fish_muse_using_subcommand bisect; and __fish_seen_subcommand_from log" -s V -l version -d 'Print version'
complete -c muse -n "__fish_muse_using_subcommand bisect; and __fish_seen_subcommand_from reset" -s C -d 'Work as if started in DIR' -r -F
complete -c muse -n "__fish_muse_using_subcommand bisect; and __fish_seen_subcommand_from reset" -l color -d 'When to use colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c muse -n "__fish_muse_using_subcommand bisect; and __fish_seen_subcommand_from reset" -s v -l verbose -d 'Print each step with its figures on stderr, too; twice, say more in lists'
complete -c muse -n "__fish_muse_using_subcommand bisect; and __fish_seen_subcommand_from reset" -s q -l quiet -d 'Print only results, warnings and errors'
complete -c muse -n "__fish_muse_using_subcommand bisect; and __fish_seen_subcommand_from reset" -l json -d 'Print results as JSON, and errors and progress as JSON Lines on stderr'
complete -c muse -n "__fish_muse_using_subcommand bisect; and __fish_seen_subcommand_from reset" -l no-progress -d 'Show no progress bars'
complete -c muse -n "__fish_muse_using_subcommand bisect; and __fish_seen_subcommand_from reset" -s h -l help -d 'Print help'
complete -c muse -n "__fish_muse_using_subcommand bisect; and __fish_seen_subcommand_from reset" -s V -l version -d 'Print version'
complete -c muse -n "__fish_muse_using_subcommand bisect; and __fish_seen_subcommand_from help" -f -a "start" -d 'Start, with a bad commit and good ones if they are known'
complete -c muse -n "__fish_muse_using_subcommand bisect; and __fish_seen_subcommand_from help" -f -a "good" -d 'The commit is not broken'
complete -c muse -n "__fish_muse_using_subcommand bisect; and __fish_seen_subcommand_from help" -f -a "bad" -d 'The commit is broken'
complete -c muse -n "__fish_muse_using_subcommand bisect; and __fish_seen_subcommand_from help" -f -a "skip" -d 'The commit cannot be tried'
complete -c muse -n "__fish_muse_using_subcommand bisect; and __fish_seen_subcommand_from help" -f -a "run" -d 'Run a command on one commit after the other until the first bad one is found'
complete -c muse -n "__fish_muse_using_subcommand bisect; and __fish_seen_subcommand_from help" -f -a "log" -d 'Show what was found out so far'
complete -c muse -n "__fish_muse_using_subcommand bisect; and __fish_seen_subcommand_from help" -f -a "reset" -d 'End, and go back to where HEAD was'
complete -c muse -n "__fish_muse_using_subcommand bisect; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c muse -n "__fish_muse_using_subcommand undo" -s C -d 'Work as if started in DIR' -r -F
complete -c muse -n "__fish_muse_using_subcommand undo" -l color -d 'When to use colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c muse -n "__fish_muse_using_subcommand undo" -s v -l verbose -d 'Print each step with its figures on stderr, too; twice, say more in lists'
complete -c muse -n "__fish_muse_using_subcommand undo" -s q -l quiet -d 'Print only results, warnings and errors'
complete -c muse -n "__fish_muse_using_subcommand undo" -l json -d 'Print results as JSON, and errors and progress as JSON Lines on stderr'
complete -c muse -n "__fish_muse_using_subcommand undo" -l no-progress -d 'Show no progress bars'
complete -c muse -n "__fish_muse_using_subcommand undo" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c muse -n "__fish_muse_using_subcommand undo" -s V -l version -d 'Print version'
complete -c muse -n "__fish_muse_using_subcommand reflog" -s n -l max-count -d 'At most N moves' -r
complete -c muse -n "__fish_muse_using_subcommand reflog" -s C -d 'Work as if started in DIR' -r -F
complete -c muse -n "__fish_muse_using_subcommand reflog" -l color -d 'When to use colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c muse -n "__fish_muse_using_subcommand reflog" -s v -l verbose -d 'Print each step with its figures on stderr, too; twice, say more in lists'
complete -c muse -n "__fish_muse_using_subcommand reflog" -s q -l quiet -d 'Print only results, warnings and errors'
complete -c muse -n "__fish_muse_using_subcommand reflog" -l json -d 'Print results as JSON, and errors and progress as JSON Lines on stderr'
complete -c muse -n "__fish_muse_using_subcommand reflog" -l no-progress -d 'Show no progress bars'
complete -c muse -n "__fish_muse_using_subcommand reflog" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c muse -n "__fish_muse_using_subcommand reflog" -s V -l version -d 'Print version'
complete -c muse -n "__fish_muse_using_subcommand remote; and not __fish_seen_subcommand_from list show add remove set-url help" -s C -d 'Work as if started in DIR' -r -F
complete -c muse -n "__fish_muse_using_subcommand remote; and not __fish_seen_subcommand_from list show add remove set-url help" -l color -d 'When to use colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c muse -n "__fish_muse_using_subcommand remote; and not __fish_seen_subcommand_from list show add remove set-url help" -s v -l verbose -d 'Print each step with its figures on stderr, too; twice, say more in lists'
complete -c muse -n "__fish_muse_using_subcommand remote; and not __fish_seen_subcommand_from list show add remove set-url help" -s q -l quiet -d 'Print only results, warnings and errors'
complete -c muse -n "__fish_muse_using_subcommand remote; and not __fish_seen_subcommand_from list show add remove set-url help" -l json -d 'Print results as JSON, and errors and progress as JSON Lines on stderr'
complete -c muse -n "__fish_muse_using_subcommand remote; and not __fish_seen_subcommand_from list show add remove set-url help" -l no-progress -d 'Show no progress bars'
complete -c muse -n "__fish_muse_using_subcommand remote; and not __fish_seen_subcommand_from list show add remove set-url help" -s h -l help -d 'Print help'
complete -c muse -n "__fish_muse_using_subcommand remote; and not __fish_seen_subcommand_from list show add remove set-url help" -s V -l version -d 'Print version'
complete -c muse -n "__fish_muse_using_subcommand remote; and not __fish_seen_subcommand_from list show add remove set-url help" -f -a "list" -d 'List the remotes; with -v, their URLs too. This is the default'
complete -c muse -n "__fish_muse_using_subcommand remote; and not __fish_seen_subcommand_from list show add remove set-url help" -f -a "show" -d 'Show a remote\'s address, its branches as last seen, and which local branches follow them'
complete -c muse -n "__fish_muse_using_subcommand remote; and not __fish_seen_subcommand_from list show add remove set-url help" -f -a "add" -d 'Add a remote'
complete -c muse -n "__fish_muse_using_subcommand remote; and not __fish_seen_subcommand_from list show add remove set-url help" -f -a "remove" -d 'Forget a remote and what was last seen of its branches'
complete -c muse -n "__fish_muse_using_subcommand remote; and not __fish_seen_subcommand_from list show add remove set-url help" -f -a "set-url" -d 'Change a remote\'s address'
complete -c muse -n "__fish_muse_using_subcommand remote; and not __fish_seen_subcommand_from list show add remove set-url help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c muse -n "__fish_muse_using_subcommand remote; and __fish_seen_subcommand_from list" -s C -d 'Work as if started in DIR' -r -F
complete -c muse -n "__fish_muse_using_subcommand remote; and __fish_seen_subcommand_from list" -l color -d 'When to use colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c muse -n "__fish_muse_using_subcommand remote; and __fish_seen_subcommand_from list" -s v -l verbose -d 'Print each step with its figures on stderr, too; twice, say more in lists'
complete -c muse -n "__fish_muse_using_subcommand remote; and __fish_seen_subcommand_from list" -s q -l quiet -d 'Print only results, warnings and errors'
complete -c muse -n "__fish_muse_using_subcommand remote; and __fish_seen_subcommand_from list" -l json -d 'Print results as JSON, and errors and progress as JSON Lines on stderr'
complete -c muse -n "__fish_muse_using_subcommand remote; and __fish_seen_subcommand_from list" -l no-progress -d 'Show no progress bars'
complete -c muse -n "__fish_muse_using_subcommand remote; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help'
complete -c muse -n "__fish_muse_using_subcommand remote; and __fish_seen_subcommand_from list" -s V -l version -d 'Print version'
complete -c muse -n "__fish_muse_using_subcommand remote; and __fish_seen_subcommand_from show" -s C -d 'Work as if started in DIR' -r -F
complete -c muse -n "__fish_muse_using_subcommand remote; and __fish_seen_subcommand_from show" -l color -d 'When to use colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c muse -n "__fish_muse_using_subcommand remote; and __fish_seen_subcommand_from show" -s v -l verbose -d 'Print each step with its figures on stderr, too; twice, say more in lists'
complete -c muse -n "__fish_muse_using_subcommand remote; and __fish_seen_subcommand_from show" -s q -l quiet -d 'Print only results, warnings and errors'
complete -c muse -n "__fish_muse_using_subcommand remote; and __fish_seen_subcommand_from show" -l json -d 'Print results as JSON, and errors and progress as JSON Lines on stderr'
complete -c muse -n "__fish_muse_using_subcommand remote; and __fish_seen_subcommand_from show" -l no-progress -d 'Show no progress bars'
complete -c muse -n "__fish_muse_using_subcommand remote; and __fish_seen_subcommand_from show" -s h -l help -d 'Print help'
complete -c muse -n "__fish_muse_using_subcommand remote; and __fish_seen_subcommand_from show" -s V -l version -d 'Print version'
complete -c muse -n "__fish_muse_using_subcommand remote; and __fish_seen_subcommand_from add" -s C -d 'Work as if started in DIR' -r -F
complete -c muse -n "__fish_muse_using_subcommand remote; and __fish_seen_subcommand_from add" -l color -d 'When to use colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c muse -n "__fish_muse_using_subcommand remote; and __fish_seen_subcommand_from add" -s v -l verbose -d 'Print each step with its figures on stderr, too; twice, say more in lists'
complete -c muse -n "__fish_muse_using_subcommand remote; and __fish_seen_subcommand_from add" -s q -l quiet -d 'Print only results, warnings and errors'
complete -c muse -n "__fish_muse_using_subcommand remote; and __fish_seen_subcommand_from add" -l json -d 'Print results as JSON, and errors and progress as JSON Lines on stderr'
complete -c muse -n "__fish_muse_using_subcommand remote; and __fish_seen_subcommand_from add" -l no-progress -d 'Show no progress bars'
complete -c muse -n "__fish_muse_using_subcommand remote; and __fish_seen_subcommand_from add" -s h -l help -d 'Print help'
complete -c muse -n "__fish_muse_using_subcommand remote; and __fish_seen_subcommand_from add" -s V -l version -d 'Print version'
complete -c muse -n "__fish_muse_using_subcommand remote; and __fish_seen_subcommand_from remove" -s C -d 'Work as if started in DIR' -r -F
complete -c muse -n "__fish_muse_using_subcommand remote; and __fish_seen_subcommand_from remove" -l color -d 'When to use colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c muse -n "__fish_muse_using_subcommand remote; and __fish_seen_subcommand_from remove" -s v -l verbose -d 'Print each step with its figures on stderr, too; twice, say more in lists'
complete -c muse -n "__fish_muse_using_subcommand remote; and __fish_seen_subcommand_from remove" -s q -l quiet -d 'Print only results, warnings and errors'
complete -c muse -n "__fish_muse_using_subcommand remote; and __fish_seen_subcommand_from remove" -l json -d 'Print results as JSON, and errors and progress as JSON Lines on stderr'
complete -c muse -n "__fish_muse_using_subcommand remote; and __fish_seen_subcommand_from remove" -l no-progress -d 'Show no progress bars'
complete -c muse -n "__fish_muse_using_subcommand remote; and __fish_seen_subcommand_from remove" -s h -l help -d 'Print help'
complete -c muse -n "__fish_muse_using_subcommand remote; and __fish_seen_subcommand_from remove" -s V -l version -d 'Print version'
complete -c muse -n "__fish_muse_using_subcommand remote; and __fish_seen_subcommand_from set-url" -s C -d 'Work as if started in DIR' -r -F
complete -c muse -n "__fish_muse_using_subcommand remote; and __fish_seen_subcommand_from set-url" -l color -d 'When to use colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c muse -n "__fish_muse_using_subcommand remote; and __fish_seen_subcommand_from set-url" -s v -l verbose -d 'Print each step with its figures on stderr, too; twice, say more in lists'
complete -c muse -n "__fish_muse_using_subcommand remote; and __fish_seen_subcommand_from set-url" -s q -l quiet -d 'Print only results, warnings and errors'
complete -c muse -n "__fish_muse_using_subcommand remote; and __fish_seen_subcommand_from set-url" -l json -d 'Print results as JSON, and errors and progress as JSON Lines on stderr'
complete -c muse -n "__fish_muse_using_subcommand remote; and __fish_seen_subcommand_from set-url" -l no-progress -d 'Show no progress bars'
complete -c muse -n "__fish_muse_using_subcommand remote; and __fish_seen_subcommand_from set-url" -s h -l help -d 'Print help'
complete -c muse -n "__fish_muse_using_subcommand remote; and __fish_seen_subcommand_from set-url" -s V -l version -d 'Print version'
complete -c muse -n "__fish_muse_using_subcommand remote; and __fish_seen_subcommand_from help" -f -a "list" -d 'List the remotes; with -v, their URLs too. This is the default'
complete -c muse -n "__fish_muse_using_subcommand remote; and __fish_seen_subcommand_from help" -f -a "show" -d 'Show a remote\'s address, its branches as last seen, and which local branches follow them'
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
complete -c muse -n "__fish_muse_using_subcommand fetch" -s v -l verbose -d 'Print each step with its figures on stderr, too; twice, say more in lists'
complete -c muse -n "__fish_muse_using_subcommand fetch" -s q -l quiet -d 'Print only results, warnings and errors'
complete -c muse -n "__fish_muse_using_subcommand fetch" -l json -d 'Print results as JSON, and errors and progress as JSON Lines on stderr'
complete -c muse -n "__fish_muse_using_subcommand fetch" -l no-progress -d 'Show no progress bars'
complete -c muse -n "__fish_muse_using_subcommand fetch" -s h -l help -d 'Print help'
complete -c muse -n "__fish_muse_using_subcommand fetch" -s V -l version -d 'Print version'
complete -c muse -n "__fish_muse_using_subcommand pull" -s C -d 'Work as if started in DIR' -r -F
complete -c muse -n "__fish_muse_using_subcommand pull" -l color -d 'When to use colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c muse -n "__fish_muse_using_subcommand pull" -l rebase -d 'Where both have new commits, make yours again on top of theirs'
complete -c muse -n "__fish_muse_using_subcommand pull" -l merge -d 'Where both have new commits, merge them'
complete -c muse -n "__fish_muse_using_subcommand pull" -l ff-only -d 'Where both have new commits, refuse'
complete -c muse -n "__fish_muse_using_subcommand pull" -s v -l verbose -d 'Print each step with its figures on stderr, too; twice, say more in lists'
complete -c muse -n "__fish_muse_using_subcommand pull" -s q -l quiet -d 'Print only results, warnings and errors'
complete -c muse -n "__fish_muse_using_subcommand pull" -l json -d 'Print results as JSON, and errors and progress as JSON Lines on stderr'
complete -c muse -n "__fish_muse_using_subcommand pull" -l no-progress -d 'Show no progress bars'
complete -c muse -n "__fish_muse_using_subcommand pull" -s h -l help -d 'Print help (see more with \'--help\')'
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
complete -c muse -n "__fish_muse_using_subcommand push" -s v -l verbose -d 'Print each step with its figures on stderr, too; twice, say more in lists'
complete -c muse -n "__fish_muse_using_subcommand push" -s q -l quiet -d 'Print only results, warnings and errors'
complete -c muse -n "__fish_muse_using_subcommand push" -l json -d 'Print results as JSON, and errors and progress as JSON Lines on stderr'
complete -c muse -n "__fish_muse_using_subcommand push" -l no-progress -d 'Show no progress bars'
complete -c muse -n "__fish_muse_using_subcommand push" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c muse -n "__fish_muse_using_subcommand push" -s V -l version -d 'Print version'
complete -c muse -n "__fish_muse_using_subcommand job; and not __fish_seen_subcommand_from status wait help" -s C -d 'Work as if started in DIR' -r -F
complete -c muse -n "__fish_muse_using_subcommand job; and not __fish_seen_subcommand_from status wait help" -l color -d 'When to use colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c muse -n "__fish_muse_using_subcommand job; and not __fish_seen_subcommand_from status wait help" -s v -l verbose -d 'Print each step with its figures on stderr, too; twice, say more in lists'
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
complete -c muse -n "__fish_muse_using_subcommand job; and __fish_seen_subcommand_from status" -s v -l verbose -d 'Print each step with its figures on stderr, too; twice, say more in lists'
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
complete -c muse -n "__fish_muse_using_subcommand job; and __fish_seen_subcommand_from wait" -s v -l verbose -d 'Print each step with its figures on stderr, too; twice, say more in lists'
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
complete -c muse -n "__fish_muse_using_subcommand auth; and not __fish_seen_subcommand_from login logout status help" -s v -l verbose -d 'Print each step with its figures on stderr, too; twice, say more in lists'
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
complete -c muse -n "__fish_muse_using_subcommand auth; and __fish_seen_subcommand_from login" -s v -l verbose -d 'Print each step with its figures on stderr, too; twice, say more in lists'
complete -c muse -n "__fish_muse_using_subcommand auth; and __fish_seen_subcommand_from login" -s q -l quiet -d 'Print only results, warnings and errors'
complete -c muse -n "__fish_muse_using_subcommand auth; and __fish_seen_subcommand_from login" -l json -d 'Print results as JSON, and errors and progress as JSON Lines on stderr'
complete -c muse -n "__fish_muse_using_subcommand auth; and __fish_seen_subcommand_from login" -l no-progress -d 'Show no progress bars'
complete -c muse -n "__fish_muse_using_subcommand auth; and __fish_seen_subcommand_from login" -s h -l help -d 'Print help'
complete -c muse -n "__fish_muse_using_subcommand auth; and __fish_seen_subcommand_from login" -s V -l version -d 'Print version'
complete -c muse -n "__fish_muse_using_subcommand auth; and __fish_seen_subcommand_from logout" -s C -d 'Work as if started in DIR' -r -F
complete -c muse -n "__fish_muse_using_subcommand auth; and __fish_seen_subcommand_from logout" -l color -d 'When to use colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c muse -n "__fish_muse_using_subcommand auth; and __fish_seen_subcommand_from logout" -s v -l verbose -d 'Print each step with its figures on stderr, too; twice, say more in lists'
complete -c muse -n "__fish_muse_using_subcommand auth; and __fish_seen_subcommand_from logout" -s q -l quiet -d 'Print only results, warnings and errors'
complete -c muse -n "__fish_muse_using_subcommand auth; and __fish_seen_subcommand_from logout" -l json -d 'Print results as JSON, and errors and progress as JSON Lines on stderr'
complete -c muse -n "__fish_muse_using_subcommand auth; and __fish_seen_subcommand_from logout" -l no-progress -d 'Show no progress bars'
complete -c muse -n "__fish_muse_using_subcommand auth; and __fish_seen_subcommand_from logout" -s h -l help -d 'Print help'
complete -c muse -n "__fish_muse_using_subcommand auth; and __fish_seen_subcommand_from logout" -s V -l version -d 'Print version'
complete -c muse -n "__fish_muse_using_subcommand auth; and __fish_seen_subcommand_from status" -s C -d 'Work as if started in DIR' -r -F
complete -c muse -n "__fish_muse_using_subcommand auth; and __fish_seen_subcommand_from status" -l color -d 'When to use colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c muse -n "__fish_muse_using_subcommand auth; and __fish_seen_subcommand_from status" -s v -l verbose -d 'Print each step with its figures on stderr, too; twice, say more in lists'
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
complete -c muse -n "__fish_muse_using_subcommand config; and not __fish_seen_subcommand_from get set list unset help" -s v -l verbose -d 'Print each step with its figures on stderr, too; twice, say more in lists'
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
complete -c muse -n "__fish_muse_using_subcommand config; and __fish_seen_subcommand_from get" -s v -l verbose -d 'Print each step with its figures on stderr, too; twice, say more in lists'
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
complete -c muse -n "__fish_muse_using_subcommand config; and __fish_seen_subcommand_from set" -s v -l verbose -d 'Print each step with its figures on stderr, too; twice, say more in lists'
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
complete -c muse -n "__fish_muse_using_subcommand config; and __fish_seen_subcommand_from list" -s v -l verbose -d 'Print each step with its figures on stderr, too; twice, say more in lists'
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
complete -c muse -n "__fish_muse_using_subcommand config; and __fish_seen_subcommand_from unset" -s v -l verbose -d 'Print each step with its figures on stderr, too; twice, say more in lists'
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
complete -c muse -n "__fish_muse_using_subcommand import; and not __fish_seen_subcommand_from git help" -s v -l verbose -d 'Print each step with its figures on stderr, too; twice, say more in lists'
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
complete -c muse -n "__fish_muse_using_subcommand import; and __fish_seen_subcommand_from git" -s v -l verbose -d 'Print each step with its figures on stderr, too; twice, say more in lists'
complete -c muse -n "__fish_muse_using_subcommand import; and __fish_seen_subcommand_from git" -s q -l quiet -d 'Print only results, warnings and errors'
complete -c muse -n "__fish_muse_using_subcommand import; and __fish_seen_subcommand_from git" -l json -d 'Print results as JSON, and errors and progress as JSON Lines on stderr'
complete -c muse -n "__fish_muse_using_subcommand import; and __fish_seen_subcommand_from git" -l no-progress -d 'Show no progress bars'
complete -c muse -n "__fish_muse_using_subcommand import; and __fish_seen_subcommand_from git" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c muse -n "__fish_muse_using_subcommand import; and __fish_seen_subcommand_from git" -s V -l version -d 'Print version'
complete -c muse -n "__fish_muse_using_subcommand import; and __fish_seen_subcommand_from help" -f -a "git" -d 'Import all branches and tags of a git repository, with their whole history'
complete -c muse -n "__fish_muse_using_subcommand import; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c muse -n "__fish_muse_using_subcommand fsck" -s C -d 'Work as if started in DIR' -r -F
complete -c muse -n "__fish_muse_using_subcommand fsck" -l color -d 'When to use colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c muse -n "__fish_muse_using_subcommand fsck" -l repair -d 'Save what is sound of damaged files, and fetch what is missing from the remotes'
complete -c muse -n "__fish_muse_using_subcommand fsck" -s v -l verbose -d 'Print each step with its figures on stderr, too; twice, say more in lists'
complete -c muse -n "__fish_muse_using_subcommand fsck" -s q -l quiet -d 'Print only results, warnings and errors'
complete -c muse -n "__fish_muse_using_subcommand fsck" -l json -d 'Print results as JSON, and errors and progress as JSON Lines on stderr'
complete -c muse -n "__fish_muse_using_subcommand fsck" -l no-progress -d 'Show no progress bars'
complete -c muse -n "__fish_muse_using_subcommand fsck" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c muse -n "__fish_muse_using_subcommand fsck" -s V -l version -d 'Print version'
complete -c muse -n "__fish_muse_using_subcommand verify" -s C -d 'Work as if started in DIR' -r -F
complete -c muse -n "__fish_muse_using_subcommand verify" -l color -d 'When to use colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c muse -n "__fish_muse_using_subcommand verify" -s v -l verbose -d 'Print each step with its figures on stderr, too; twice, say more in lists'
complete -c muse -n "__fish_muse_using_subcommand verify" -s q -l quiet -d 'Print only results, warnings and errors'
complete -c muse -n "__fish_muse_using_subcommand verify" -l json -d 'Print results as JSON, and errors and progress as JSON Lines on stderr'
complete -c muse -n "__fish_muse_using_subcommand verify" -l no-progress -d 'Show no progress bars'
complete -c muse -n "__fish_muse_using_subcommand verify" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c muse -n "__fish_muse_using_subcommand verify" -s V -l version -d 'Print version'
complete -c muse -n "__fish_muse_using_subcommand gc" -l prune -d 'Drop what nothing reaches and what has come before this time: `NOW`, `3.days.ago`, or a time' -r
complete -c muse -n "__fish_muse_using_subcommand gc" -s C -d 'Work as if started in DIR' -r -F
complete -c muse -n "__fish_muse_using_subcommand gc" -l color -d 'When to use colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c muse -n "__fish_muse_using_subcommand gc" -s n -l dry-run -d 'Only show what would go'
complete -c muse -n "__fish_muse_using_subcommand gc" -s v -l verbose -d 'Print each step with its figures on stderr, too; twice, say more in lists'
complete -c muse -n "__fish_muse_using_subcommand gc" -s q -l quiet -d 'Print only results, warnings and errors'
complete -c muse -n "__fish_muse_using_subcommand gc" -l json -d 'Print results as JSON, and errors and progress as JSON Lines on stderr'
complete -c muse -n "__fish_muse_using_subcommand gc" -l no-progress -d 'Show no progress bars'
complete -c muse -n "__fish_muse_using_subcommand gc" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c muse -n "__fish_muse_using_subcommand gc" -s V -l version -d 'Print version'
complete -c muse -n "__fish_muse_using_subcommand debug; and not __fish_seen_subcommand_from mpack help" -s C -d 'Work as if started in DIR' -r -F
complete -c muse -n "__fish_muse_using_subcommand debug; and not __fish_seen_subcommand_from mpack help" -l color -d 'When to use colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c muse -n "__fish_muse_using_subcommand debug; and not __fish_seen_subcommand_from mpack help" -s v -l verbose -d 'Print each step with its figures on stderr, too; twice, say more in lists'
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
complete -c muse -n "__fish_muse_using_subcommand debug; and __fish_seen_subcommand_from mpack" -s v -l verbose -d 'Print each step with its figures on stderr, too; twice, say more in lists'
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
complete -c muse -n "__fish_muse_using_subcommand completions" -s v -l verbose -d 'Print each step with its figures on stderr, too; twice, say more in lists'
complete -c muse -n "__fish_muse_using_subcommand completions" -s q -l quiet -d 'Print only results, warnings and errors'
complete -c muse -n "__fish_muse_using_subcommand completions" -l json -d 'Print results as JSON, and errors and progress as JSON Lines on stderr'
complete -c muse -n "__fish_muse_using_subcommand completions" -l no-progress -d 'Show no progress bars'
complete -c muse -n "__fish_muse_using_subcommand completions" -s h -l help -d 'Print help'
complete -c muse -n "__fish_muse_using_subcommand completions" -s V -l version -d 'Print version'
complete -c muse -n "__fish_muse_using_subcommand help; and not __fish_seen_subcommand_from init clone status check-ignore clean commit log show diff blame grep describe shortlog branch tag switch merge rebase cherry-pick revert resolve stash restore reset bisect undo reflog remote fetch pull push job auth config import fsck verify gc debug completions help" -f -a "init" -d 'Create a repository'
complete -c muse -n "__fish_muse_using_subcommand help; and not __fish_seen_subcommand_from init clone status check-ignore clean commit log show diff blame grep describe shortlog branch tag switch merge rebase cherry-pick revert resolve stash restore reset bisect undo reflog remote fetch pull push job auth config import fsck verify gc debug completions help" -f -a "clone" -d 'Copy a repository from a server into a new directory'
complete -c muse -n "__fish_muse_using_subcommand help; and not __fish_seen_subcommand_from init clone status check-ignore clean commit log show diff blame grep describe shortlog branch tag switch merge rebase cherry-pick revert resolve stash restore reset bisect undo reflog remote fetch pull push job auth config import fsck verify gc debug completions help" -f -a "status" -d 'Show what changed since the last commit'
complete -c muse -n "__fish_muse_using_subcommand help; and not __fish_seen_subcommand_from init clone status check-ignore clean commit log show diff blame grep describe shortlog branch tag switch merge rebase cherry-pick revert resolve stash restore reset bisect undo reflog remote fetch pull push job auth config import fsck verify gc debug completions help" -f -a "check-ignore" -d 'Show which paths are ignored, and with -v by which rule'
complete -c muse -n "__fish_muse_using_subcommand help; and not __fish_seen_subcommand_from init clone status check-ignore clean commit log show diff blame grep describe shortlog branch tag switch merge rebase cherry-pick revert resolve stash restore reset bisect undo reflog remote fetch pull push job auth config import fsck verify gc debug completions help" -f -a "clean" -d 'Remove files that the last commit does not have'
complete -c muse -n "__fish_muse_using_subcommand help; and not __fish_seen_subcommand_from init clone status check-ignore clean commit log show diff blame grep describe shortlog branch tag switch merge rebase cherry-pick revert resolve stash restore reset bisect undo reflog remote fetch pull push job auth config import fsck verify gc debug completions help" -f -a "commit" -d 'Commit all changes of the work tree'
complete -c muse -n "__fish_muse_using_subcommand help; and not __fish_seen_subcommand_from init clone status check-ignore clean commit log show diff blame grep describe shortlog branch tag switch merge rebase cherry-pick revert resolve stash restore reset bisect undo reflog remote fetch pull push job auth config import fsck verify gc debug completions help" -f -a "log" -d 'Show the history of commits'
complete -c muse -n "__fish_muse_using_subcommand help; and not __fish_seen_subcommand_from init clone status check-ignore clean commit log show diff blame grep describe shortlog branch tag switch merge rebase cherry-pick revert resolve stash restore reset bisect undo reflog remote fetch pull push job auth config import fsck verify gc debug completions help" -f -a "show" -d 'Show a commit, or a file as it was in one'
complete -c muse -n "__fish_muse_using_subcommand help; and not __fish_seen_subcommand_from init clone status check-ignore clean commit log show diff blame grep describe shortlog branch tag switch merge rebase cherry-pick revert resolve stash restore reset bisect undo reflog remote fetch pull push job auth config import fsck verify gc debug completions help" -f -a "diff" -d 'Show changes, line by line'
complete -c muse -n "__fish_muse_using_subcommand help; and not __fish_seen_subcommand_from init clone status check-ignore clean commit log show diff blame grep describe shortlog branch tag switch merge rebase cherry-pick revert resolve stash restore reset bisect undo reflog remote fetch pull push job auth config import fsck verify gc debug completions help" -f -a "blame" -d 'Show which commit each line of a file came with'
complete -c muse -n "__fish_muse_using_subcommand help; and not __fish_seen_subcommand_from init clone status check-ignore clean commit log show diff blame grep describe shortlog branch tag switch merge rebase cherry-pick revert resolve stash restore reset bisect undo reflog remote fetch pull push job auth config import fsck verify gc debug completions help" -f -a "grep" -d 'Search files for a regular expression'
complete -c muse -n "__fish_muse_using_subcommand help; and not __fish_seen_subcommand_from init clone status check-ignore clean commit log show diff blame grep describe shortlog branch tag switch merge rebase cherry-pick revert resolve stash restore reset bisect undo reflog remote fetch pull push job auth config import fsck verify gc debug completions help" -f -a "describe" -d 'Name a commit by the nearest tag below it'
complete -c muse -n "__fish_muse_using_subcommand help; and not __fish_seen_subcommand_from init clone status check-ignore clean commit log show diff blame grep describe shortlog branch tag switch merge rebase cherry-pick revert resolve stash restore reset bisect undo reflog remote fetch pull push job auth config import fsck verify gc debug completions help" -f -a "shortlog" -d 'List commits by author'
complete -c muse -n "__fish_muse_using_subcommand help; and not __fish_seen_subcommand_from init clone status check-ignore clean commit log show diff blame grep describe shortlog branch tag switch merge rebase cherry-pick revert resolve stash restore reset bisect undo reflog remote fetch pull push job auth config import fsck verify gc debug completions help" -f -a "branch" -d 'List, create, rename or delete branches'
complete -c muse -n "__fish_muse_using_subcommand help; and not __fish_seen_subcommand_from init clone status check-ignore clean commit log show diff blame grep describe shortlog branch tag switch merge rebase cherry-pick revert resolve stash restore reset bisect undo reflog remote fetch pull push job auth config import fsck verify gc debug completions help" -f -a "tag" -d 'List, create or delete tags'
complete -c muse -n "__fish_muse_using_subcommand help; and not __fish_seen_subcommand_from init clone status check-ignore clean commit log show diff blame grep describe shortlog branch tag switch merge rebase cherry-pick revert resolve stash restore reset bisect undo reflog remote fetch pull push job auth config import fsck verify gc debug completions help" -f -a "switch" -d 'Switch to another branch or commit'
complete -c muse -n "__fish_muse_using_subcommand help; and not __fish_seen_subcommand_from init clone status check-ignore clean commit log show diff blame grep describe shortlog branch tag switch merge rebase cherry-pick revert resolve stash restore reset bisect undo reflog remote fetch pull push job auth config import fsck verify gc debug completions help" -f -a "merge" -d 'Merge another branch or commit into the current branch'
complete -c muse -n "__fish_muse_using_subcommand help; and not __fish_seen_subcommand_from init clone status check-ignore clean commit log show diff blame grep describe shortlog branch tag switch merge rebase cherry-pick revert resolve stash restore reset bisect undo reflog remote fetch pull push job auth config import fsck verify gc debug completions help" -f -a "rebase" -d 'Make the commits of the current branch again on top of another commit'
complete -c muse -n "__fish_muse_using_subcommand help; and not __fish_seen_subcommand_from init clone status check-ignore clean commit log show diff blame grep describe shortlog branch tag switch merge rebase cherry-pick revert resolve stash restore reset bisect undo reflog remote fetch pull push job auth config import fsck verify gc debug completions help" -f -a "cherry-pick" -d 'Make the changes of single commits again on the current branch'
complete -c muse -n "__fish_muse_using_subcommand help; and not __fish_seen_subcommand_from init clone status check-ignore clean commit log show diff blame grep describe shortlog branch tag switch merge rebase cherry-pick revert resolve stash restore reset bisect undo reflog remote fetch pull push job auth config import fsck verify gc debug completions help" -f -a "revert" -d 'Take the changes of single commits back, with new commits'
complete -c muse -n "__fish_muse_using_subcommand help; and not __fish_seen_subcommand_from init clone status check-ignore clean commit log show diff blame grep describe shortlog branch tag switch merge rebase cherry-pick revert resolve stash restore reset bisect undo reflog remote fetch pull push job auth config import fsck verify gc debug completions help" -f -a "resolve" -d 'Take files as they are as what settles their conflicts'
complete -c muse -n "__fish_muse_using_subcommand help; and not __fish_seen_subcommand_from init clone status check-ignore clean commit log show diff blame grep describe shortlog branch tag switch merge rebase cherry-pick revert resolve stash restore reset bisect undo reflog remote fetch pull push job auth config import fsck verify gc debug completions help" -f -a "stash" -d 'Put local changes aside, and bring them back later'
complete -c muse -n "__fish_muse_using_subcommand help; and not __fish_seen_subcommand_from init clone status check-ignore clean commit log show diff blame grep describe shortlog branch tag switch merge rebase cherry-pick revert resolve stash restore reset bisect undo reflog remote fetch pull push job auth config import fsck verify gc debug completions help" -f -a "restore" -d 'Make files as they are in a commit. Local changes in them are lost'
complete -c muse -n "__fish_muse_using_subcommand help; and not __fish_seen_subcommand_from init clone status check-ignore clean commit log show diff blame grep describe shortlog branch tag switch merge rebase cherry-pick revert resolve stash restore reset bisect undo reflog remote fetch pull push job auth config import fsck verify gc debug completions help" -f -a "reset" -d 'Move the current branch to another commit'
complete -c muse -n "__fish_muse_using_subcommand help; and not __fish_seen_subcommand_from init clone status check-ignore clean commit log show diff blame grep describe shortlog branch tag switch merge rebase cherry-pick revert resolve stash restore reset bisect undo reflog remote fetch pull push job auth config import fsck verify gc debug completions help" -f -a "bisect" -d 'Find the commit that broke something, by trying ever fewer commits'
complete -c muse -n "__fish_muse_using_subcommand help; and not __fish_seen_subcommand_from init clone status check-ignore clean commit log show diff blame grep describe shortlog branch tag switch merge rebase cherry-pick revert resolve stash restore reset bisect undo reflog remote fetch pull push job auth config import fsck verify gc debug completions help" -f -a "undo" -d 'Undo the last command that moved a branch, a tag or HEAD'
complete -c muse -n "__fish_muse_using_subcommand help; and not __fish_seen_subcommand_from init clone status check-ignore clean commit log show diff blame grep describe shortlog branch tag switch merge rebase cherry-pick revert resolve stash restore reset bisect undo reflog remote fetch pull push job auth config import fsck verify gc debug completions help" -f -a "reflog" -d 'Show where HEAD or a branch has been'
complete -c muse -n "__fish_muse_using_subcommand help; and not __fish_seen_subcommand_from init clone status check-ignore clean commit log show diff blame grep describe shortlog branch tag switch merge rebase cherry-pick revert resolve stash restore reset bisect undo reflog remote fetch pull push job auth config import fsck verify gc debug completions help" -f -a "remote" -d 'Manage the servers that this repository knows'
complete -c muse -n "__fish_muse_using_subcommand help; and not __fish_seen_subcommand_from init clone status check-ignore clean commit log show diff blame grep describe shortlog branch tag switch merge rebase cherry-pick revert resolve stash restore reset bisect undo reflog remote fetch pull push job auth config import fsck verify gc debug completions help" -f -a "fetch" -d 'Download what a server has, without touching branches or files'
complete -c muse -n "__fish_muse_using_subcommand help; and not __fish_seen_subcommand_from init clone status check-ignore clean commit log show diff blame grep describe shortlog branch tag switch merge rebase cherry-pick revert resolve stash restore reset bisect undo reflog remote fetch pull push job auth config import fsck verify gc debug completions help" -f -a "pull" -d 'Fetch, then bring the current branch and the files up to date'
complete -c muse -n "__fish_muse_using_subcommand help; and not __fish_seen_subcommand_from init clone status check-ignore clean commit log show diff blame grep describe shortlog branch tag switch merge rebase cherry-pick revert resolve stash restore reset bisect undo reflog remote fetch pull push job auth config import fsck verify gc debug completions help" -f -a "push" -d 'Send commits to a server and move its branches'
complete -c muse -n "__fish_muse_using_subcommand help; and not __fish_seen_subcommand_from init clone status check-ignore clean commit log show diff blame grep describe shortlog branch tag switch merge rebase cherry-pick revert resolve stash restore reset bisect undo reflog remote fetch pull push job auth config import fsck verify gc debug completions help" -f -a "job" -d 'Show or wait for a push that the server is still working on'
complete -c muse -n "__fish_muse_using_subcommand help; and not __fish_seen_subcommand_from init clone status check-ignore clean commit log show diff blame grep describe shortlog branch tag switch merge rebase cherry-pick revert resolve stash restore reset bisect undo reflog remote fetch pull push job auth config import fsck verify gc debug completions help" -f -a "auth" -d 'Log in to servers'
complete -c muse -n "__fish_muse_using_subcommand help; and not __fish_seen_subcommand_from init clone status check-ignore clean commit log show diff blame grep describe shortlog branch tag switch merge rebase cherry-pick revert resolve stash restore reset bisect undo reflog remote fetch pull push job auth config import fsck verify gc debug completions help" -f -a "config" -d 'Read and change settings'
complete -c muse -n "__fish_muse_using_subcommand help; and not __fish_seen_subcommand_from init clone status check-ignore clean commit log show diff blame grep describe shortlog branch tag switch merge rebase cherry-pick revert resolve stash restore reset bisect undo reflog remote fetch pull push job auth config import fsck verify gc debug completions help" -f -a "import" -d 'Import the history of another version-control system'
complete -c muse -n "__fish_muse_using_subcommand help; and not __fish_seen_subcommand_from init clone status check-ignore clean commit log show diff blame grep describe shortlog branch tag switch merge rebase cherry-pick revert resolve stash restore reset bisect undo reflog remote fetch pull push job auth config import fsck verify gc debug completions help" -f -a "fsck" -d 'Check that the repository is whole: every byte, and everything that refs reach'
complete -c muse -n "__fish_muse_using_subcommand help; and not __fish_seen_subcommand_from init clone status check-ignore clean commit log show diff blame grep describe shortlog branch tag switch merge rebase cherry-pick revert resolve stash restore reset bisect undo reflog remote fetch pull push job auth config import fsck verify gc debug completions help" -f -a "verify" -d 'Check the keys and tables of all mpacks, and that all refs resolve'
complete -c muse -n "__fish_muse_using_subcommand help; and not __fish_seen_subcommand_from init clone status check-ignore clean commit log show diff blame grep describe shortlog branch tag switch merge rebase cherry-pick revert resolve stash restore reset bisect undo reflog remote fetch pull push job auth config import fsck verify gc debug completions help" -f -a "gc" -d 'Pack what is reached into few files, and drop what nothing reaches'
complete -c muse -n "__fish_muse_using_subcommand help; and not __fish_seen_subcommand_from init clone status check-ignore clean commit log show diff blame grep describe shortlog branch tag switch merge rebase cherry-pick revert resolve stash restore reset bisect undo reflog remote fetch pull push job auth config import fsck verify gc debug completions help" -f -a "debug" -d 'Look inside the files that this program keeps'
complete -c muse -n "__fish_muse_using_subcommand help; and not __fish_seen_subcommand_from init clone status check-ignore clean commit log show diff blame grep describe shortlog branch tag switch merge rebase cherry-pick revert resolve stash restore reset bisect undo reflog remote fetch pull push job auth config import fsck verify gc debug completions help" -f -a "completions" -d 'Print a completion script for a shell'
complete -c muse -n "__fish_muse_using_subcommand help; and not __fish_seen_subcommand_from init clone status check-ignore clean commit log show diff blame grep describe shortlog branch tag switch merge rebase cherry-pick revert resolve stash restore reset bisect undo reflog remote fetch pull push job auth config import fsck verify gc debug completions help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c muse -n "__fish_muse_using_subcommand help; and __fish_seen_subcommand_from stash" -f -a "push" -d 'Put local changes aside; what `muse stash` does'
complete -c muse -n "__fish_muse_using_subcommand help; and __fish_seen_subcommand_from stash" -f -a "pop" -d 'Bring a stash back, and drop it'
complete -c muse -n "__fish_muse_using_subcommand help; and __fish_seen_subcommand_from stash" -f -a "apply" -d 'Bring a stash back, and keep it'
complete -c muse -n "__fish_muse_using_subcommand help; and __fish_seen_subcommand_from stash" -f -a "list" -d 'List the stashes, the newest first'
complete -c muse -n "__fish_muse_using_subcommand help; and __fish_seen_subcommand_from stash" -f -a "show" -d 'Show what a stash changes: how many lines in each file, or with -p the lines'
complete -c muse -n "__fish_muse_using_subcommand help; and __fish_seen_subcommand_from stash" -f -a "drop" -d 'Drop a stash'
complete -c muse -n "__fish_muse_using_subcommand help; and __fish_seen_subcommand_from bisect" -f -a "start" -d 'Start, with a bad commit and good ones if they are known'
complete -c muse -n "__fish_muse_using_subcommand help; and __fish_seen_subcommand_from bisect" -f -a "good" -d 'The commit is not broken'
complete -c muse -n "__fish_muse_using_subcommand help; and __fish_seen_subcommand_from bisect" -f -a "bad" -d 'The commit is broken'
complete -c muse -n "__fish_muse_using_subcommand help; and __fish_seen_subcommand_from bisect" -f -a "skip" -d 'The commit cannot be tried'
complete -c muse -n "__fish_muse_using_subcommand help; and __fish_seen_subcommand_from bisect" -f -a "run" -d 'Run a command on one commit after the other until the first bad one is found'
complete -c muse -n "__fish_muse_using_subcommand help; and __fish_seen_subcommand_from bisect" -f -a "log" -d 'Show what was found out so far'
complete -c muse -n "__fish_muse_using_subcommand help; and __fish_seen_subcommand_from bisect" -f -a "reset" -d 'End, and go back to where HEAD was'
complete -c muse -n "__fish_muse_using_subcommand help; and __fish_seen_subcommand_from remote" -f -a "list" -d 'List the remotes; with -v, their URLs too. This is the default'
complete -c muse -n "__fish_muse_using_subcommand help; and __fish_seen_subcommand_from remote" -f -a "show" -d 'Show a remote\'s address, its branches as last seen, and which local branches follow them'
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
