# Completes `muse` in fish, from version 3.1 on. Load it, or put it into ~/.config/fish/completions:
#     muse completions fish | source

complete --command muse --no-files --keep-order --arguments '(
    MUSE_COMPLETE=fish muse -- (commandline --current-process --tokenize --cut-at-cursor) \
        (commandline --current-token --cut-at-cursor) 2>/dev/null
)'
