# Completes `muse` in PowerShell, from version 5 on. Load it in $PROFILE:
#     muse completions powershell | Out-String | Invoke-Expression

Register-ArgumentCompleter -Native -CommandName muse -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)

    # The words before the one that is being typed, as text: nothing in them is run.
    $words = @($commandAst.CommandElements |
        Where-Object { $_.Extent.EndOffset -lt $cursorPosition } |
        ForEach-Object {
            if ($_ -is [System.Management.Automation.Language.StringConstantExpressionAst]) {
                $_.Value
            } else {
                $_.Extent.Text
            }
        })
    $typed = "$wordToComplete" -replace '^[''"]', ''
    $before = $env:MUSE_COMPLETE
    $env:MUSE_COMPLETE = 'powershell'
    try {
        & muse -- @words "=$typed" 2>$null | ForEach-Object {
            $value, $help = $_ -split "`t", 2
            if (-not $help) { $help = $value }
            $text = $value
            if ($text -match '[\s''"`$(){};,|&<>@#]') {
                $text = "'" + ($text -replace "'", "''") + "'"
            }
            [System.Management.Automation.CompletionResult]::new(
                $text, $value, 'ParameterValue', $help)
        }
    } catch {
        # Without `muse` there is nothing to offer.
    } finally {
        $env:MUSE_COMPLETE = $before
    }
}
