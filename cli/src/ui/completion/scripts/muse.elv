# Completes `muse` in elvish, from version 0.18 on. Load it in rc.elv:
#     eval (muse completions elvish | slurp)

use str

set edit:completion:arg-completer[muse] = {|@words|
  try {
    env MUSE_COMPLETE=elvish muse -- $@words 2>/dev/null | from-lines | each {|line|
      var parts = [(str:split &max=2 "\t" $line)]
      var value = $parts[0]
      # A name that goes on gets no space behind it.
      var suffix = ' '
      if (or (str:has-suffix $value '/') (str:has-suffix $value ':') (str:has-suffix $value '=')) {
        set suffix = ''
      }
      var display = $value
      if (== (count $parts) 2) {
        set display = $value'  ('$parts[1]')'
      }
      edit:complex-candidate $value &code-suffix=$suffix &display=$display
    }
  } catch {
    nop
  }
}
