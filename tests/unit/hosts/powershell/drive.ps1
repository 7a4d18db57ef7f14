# Runs batch.ps1 for each job, as ansible.windows.win_powershell 3.2 and 3.7 run a script, and prints what it left as its result.
# Jobs: a JSON list of { steps: text, check: bool, secrets: { name: text }, like51: bool, patience: how long a port may take to answer }.
param([string] $Jobs, [string] $Script, [string] $Fakes)

# Types that cannot be had on Linux, or give folders no access there, cannot be replaced by functions either.
$text = [IO.File]::ReadAllText($Script).Replace('[Microsoft.Win32.RegistryKey]', '[FakeRegistry]').Replace('[IO.Directory]', '[FakeDirectory]')
. $Fakes
$fakes = [IO.File]::ReadAllText($Fakes)
$answers = foreach ($job in (Get-Content -Raw -LiteralPath $Jobs | ConvertFrom-Json)) {
    $runspace = [RunspaceFactory]::CreateRunspace($Host, [InitialSessionState]::CreateDefault2())
    $runspace.Open()
    $prepare = [PowerShell]::Create()
    $prepare.Runspace = $runspace
    [void] $prepare.AddScript($fakes)
    # Windows PowerShell 5.1 gives every array this property, which its ConvertTo-Json then writes for what it takes for an object.
    if ($job.like51) { [void] $prepare.AddScript('Update-TypeData -TypeName System.Array -MemberType AliasProperty -MemberName Count -Value Length -Force') }
    [void] $prepare.Invoke()
    [FakeWorld]::Reset()
    $ansible = [PSCustomObject]@{
        PSTypeName = 'Ansible.Windows.WinPowerShell.Module'
        CheckMode = [bool] $job.check
        Verbosity = 0
        Result = @{}
        Diff = @{}
        Changed = $true
        Failed = $false
        Tmpdir = '/tmp'
    }
    $runspace.SessionStateProxy.SetVariable('Ansible', $ansible)
    $runspace.SessionStateProxy.SetVariable('ErrorActionPreference', [Management.Automation.ActionPreference] 'Continue')
    $run = [PowerShell]::Create()
    $run.Runspace = $runspace
    # .NET Framework, on which Windows PowerShell runs, does not have the type.
    [void] $run.AddScript($text.Replace('$answerSeconds = 5', "`$answerSeconds = $($job.patience)").Replace("'IO.FileSystemAclExtensions'", $(if ($job.like51) { "'NoSuchType'" } else { "'FakeFolderMethods'" })))
    $parameters = @{ Steps = $job.steps; Confirm = $false; WhatIf = [bool] $job.check }
    foreach ($secret in $job.secrets.PSObject.Properties) {
        $parameters[$secret.Name] = if ($secret.Value) { $secret.Value | ConvertTo-SecureString -AsPlainText -Force } else { [securestring]::new() }
    }
    [void] $run.AddParameters($parameters)
    $output = [Collections.Generic.List[object]]::new()
    try { $run.Invoke(@(), $output) } catch { [Console]::Error.WriteLine($_) }
    @{ result = $ansible.Result; changed = $ansible.Changed; output = $output.Count; errors = @($run.Streams.Error | ForEach-Object { [string] $_ }) }
    $runspace.Dispose()
}
ConvertTo-Json -InputObject @($answers) -Depth 4 -Compress -EscapeHandling EscapeNonAscii
