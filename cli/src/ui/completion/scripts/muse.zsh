#compdef muse
# Completes `muse` in zsh. Load it after `compinit`, or put it into a directory of `fpath` as _muse:
#     source <(muse completions zsh)

_muse() {
    local -a lines whole begun
    lines=("${(@f)$(MUSE_COMPLETE=zsh muse -- \
        "${(@Q)words[1,CURRENT-1]}" "${(Q)PREFIX}" 2>/dev/null)}")
    whole=(${${(M)lines:# *}# })
    # A name that goes on gets no space behind it.
    begun=(${${(M)lines:#+*}#+})
    (( $#whole )) && _describe -V muse whole
    (( $#begun )) && _describe -V muse begun -S ''
    (( $#whole + $#begun ))
}

if [[ $funcstack[1] == _muse ]]; then
    _muse "$@"
else
    compdef _muse muse
fi
