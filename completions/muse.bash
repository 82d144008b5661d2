# Completes `muse` in bash, from version 4 on. Load it, or put it where bash-completion looks:
#     source <(muse completions bash)

_muse() {
    local IFS=$'\n' options=$-
    # One candidate a line, none of which is a pattern for names of files.
    set -f
    COMPREPLY=($(MUSE_COMPLETE=bash muse -- \
        "${COMP_LINE:0:COMP_POINT}" "$2" "$COMP_TYPE" "$COLUMNS" 2>/dev/null))
    [[ $options == *f* ]] || set +f
    # A name that goes on gets no space behind it.
    if [[ ${#COMPREPLY[@]} -eq 1 && ${COMPREPLY[0]} == *[/:=] ]]; then
        compopt -o nospace
    fi
}

complete -o nosort -F _muse muse 2>/dev/null || complete -F _muse muse
