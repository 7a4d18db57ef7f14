# Copyright (c) 2026, the octoboot.octopus authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Carry out a list of small steps in one visit: a JSON list in, a JSON list out, and no decision of its own. All logic is in
# Python (windows.py beside this file, which also documents the steps). Windows PowerShell 5.1 must be able to run it.

[CmdletBinding(SupportsShouldProcess)]
param (
    [Parameter(Mandatory = $true)] [string] $Steps,
    [securestring] $Pfx,
    [securestring] $PfxPassword,
    [securestring] $ServicePassword
)

$ErrorActionPreference = 'Stop'

Function ConvertFrom-Secret {
    param ([securestring] $Secret)
    if ($null -eq $Secret) { return '' }
    (New-Object -TypeName Net.NetworkCredential -ArgumentList '', $Secret).Password
}

# What a step may name as <word>: <pfx>, <pfx_password> and <service_password>, and whatever an earlier step kept.
$kept = @{
    pfx = ConvertFrom-Secret -Secret $Pfx
    pfx_password = ConvertFrom-Secret -Secret $PfxPassword
    service_password = ConvertFrom-Secret -Secret $ServicePassword
}

Function Expand-Text {
    param ([string] $Text)
    [regex]::Replace($Text, '<([a-z_]+)>', {
            param ($match)
            $word = $match.Groups[1].Value
            if (-not $kept.ContainsKey($word)) { throw "the step names <$word>, which no earlier step kept" }
            [string] $kept[$word]
        })
}

Function Resolve-Sid {
    param ([string] $Account)
    if ($Account -match '^S-1-') { return New-Object -TypeName Security.Principal.SecurityIdentifier -ArgumentList $Account }
    $name = New-Object -TypeName Security.Principal.NTAccount -ArgumentList $Account
    try { $name.Translate([Security.Principal.SecurityIdentifier]) }
    catch { throw "this machine knows no account named '$Account'" }
}

Function Get-FolderAcl {
    param ([string[]] $Full, [string[]] $Readers)
    $acl = New-Object -TypeName Security.AccessControl.DirectorySecurity
    $acl.SetAccessRuleProtection($true, $false)
    foreach ($account in $Full) {
        $acl.AddAccessRule((New-Object -TypeName Security.AccessControl.FileSystemAccessRule -ArgumentList @(
                    (Resolve-Sid -Account $account), 'FullControl', 'ContainerInherit, ObjectInherit', 'None', 'Allow')))
    }
    foreach ($account in $Readers) {
        $acl.AddAccessRule((New-Object -TypeName Security.AccessControl.FileSystemAccessRule -ArgumentList @(
                    (Resolve-Sid -Account $account), 'ReadAndExecute', 'ContainerInherit, ObjectInherit', 'None', 'Allow')))
    }
    $acl
}

Function Get-RegistryView {
    foreach ($view in 'Registry64', 'Registry32') {
        [Microsoft.Win32.RegistryKey]::OpenBaseKey('LocalMachine', $view)
    }
}

Function Get-Service32 {
    param ([string] $Name)
    @(Get-CimInstance -ClassName Win32_Service -Filter ("Name LIKE '{0}'" -f $Name.Replace("'", "\'")))
}

Function Wait-Service {
    param ([string] $Name, [string] $State, [int] $Timeout)
    $service = New-Object -TypeName ServiceProcess.ServiceController -ArgumentList $Name
    $clock = [Diagnostics.Stopwatch]::StartNew()
    while ([string] $service.Status -ne $State) {
        # A service that dies as it starts is stopped again; there is nothing left to wait for.
        $died = $State -eq 'Running' -and [string] $service.Status -eq 'Stopped'
        if ($died -or $clock.Elapsed.TotalSeconds -ge $Timeout) {
            throw "the service '$Name' is $($service.Status) after $([int] $clock.Elapsed.TotalSeconds) seconds, not $State"
        }
        Start-Sleep -Milliseconds 250
        $service.Refresh()
    }
}

Function Read-Certificate {
    param ([string] $Address, [int] $Port)
    $client = New-Object -TypeName Net.Sockets.TcpClient -ArgumentList ([Net.IPAddress]::Parse($Address)).AddressFamily
    try {
        if (-not $client.ConnectAsync($Address, $Port).Wait(5000)) { throw "nothing answers on ${Address}:$Port" }
        $accept = [Net.Security.RemoteCertificateValidationCallback] { $true }
        $stream = New-Object -TypeName Net.Security.SslStream -ArgumentList @($client.GetStream(), $false, $accept)
        $stream.ReadTimeout = 5000
        $stream.AuthenticateAsClient('tentacle', $null, [Security.Authentication.SslProtocols]::Tls12, $false)
        $stream.RemoteCertificate.GetCertHashString()
    }
    finally { $client.Dispose() }
}

# A process inherits the console of this one, which Ansible set to UTF-8; a new console would have the OEM code page. Both pipes
# are read at once: a process that fills one while the other is being read would wait for ever.
Function Invoke-Process {
    param ($Step)
    $start = New-Object -TypeName Diagnostics.ProcessStartInfo
    $start.FileName = Expand-Text -Text $Step.file
    $start.Arguments = Expand-Text -Text $Step.arguments
    $start.UseShellExecute = $false
    $start.RedirectStandardInput = $true
    $start.RedirectStandardOutput = $true
    $start.RedirectStandardError = $true
    $start.StandardOutputEncoding = New-Object -TypeName Text.UTF8Encoding -ArgumentList $false
    $start.StandardErrorEncoding = $start.StandardOutputEncoding
    foreach ($variable in $Step.environment.PSObject.Properties) {
        $start.EnvironmentVariables[$variable.Name] = Expand-Text -Text $variable.Value
    }
    $clock = [Diagnostics.Stopwatch]::StartNew()
    $process = [Diagnostics.Process]::Start($start)
    $process.StandardInput.Close()
    $stdout = $process.StandardOutput.ReadToEndAsync()
    $stderr = $process.StandardError.ReadToEndAsync()
    if (-not $process.WaitForExit(1000 * $Step.timeout)) {
        $process.Kill()
        throw "the process did not end within $($Step.timeout) seconds and was killed"
    }
    $process.WaitForExit()
    @{
        rc = $process.ExitCode
        stdout = [string] $stdout.Result
        stderr = [string] $stderr.Result
        seconds = [Math]::Round($clock.Elapsed.TotalSeconds, 3)
    }
}

$readers = @{
    registry = {
        param ($Step)
        foreach ($view in Get-RegistryView) {
            $key = $view.OpenSubKey($Step.key)
            $value = if ($key) { $key.GetValue($Step.name) }
            if ($null -ne $value) { return [string] $value }
        }
    }
    products = {
        param ($Step)
        $found = New-Object -TypeName Collections.ArrayList
        foreach ($view in Get-RegistryView) {
            $root = $view.OpenSubKey('SOFTWARE\Microsoft\Windows\CurrentVersion\Uninstall')
            foreach ($id in @(if ($root) { $root.GetSubKeyNames() })) {
                $key = $root.OpenSubKey($id)
                if ($key.GetValue('DisplayName') -ne $Step.name -or $found.product_id -contains $id) { continue }
                [void] $found.Add(@{ product_id = [string] $id; version = [string] $key.GetValue('DisplayVersion') })
            }
        }
        , $found.ToArray()
    }
    path = {
        param ($Step)
        [Environment]::ExpandEnvironmentVariables($Step.path)
    }
    file = {
        param ($Step)
        $path = Expand-Text -Text $Step.path
        if (-not [IO.File]::Exists($path)) { return $null }
        [Convert]::ToBase64String([IO.File]::ReadAllBytes($path))
    }
    tail = {
        param ($Step)
        $path = Expand-Text -Text $Step.path
        if ([IO.File]::Exists($path)) { @(Get-Content -LiteralPath $path -Tail $Step.lines -Encoding UTF8) -join "`n" }
    }
    exists = {
        param ($Step)
        $path = Expand-Text -Text $Step.path
        [IO.File]::Exists($path) -or [IO.Directory]::Exists($path)
    }
    files = {
        param ($Step)
        $path = Expand-Text -Text $Step.path
        $found = New-Object -TypeName Collections.ArrayList
        foreach ($file in @(if ([IO.Directory]::Exists($path)) { [IO.Directory]::GetFiles($path, $Step.filter) })) {
            [void] $found.Add(@{ name = [IO.Path]::GetFileName($file); content = [Convert]::ToBase64String([IO.File]::ReadAllBytes($file)) })
        }
        , $found.ToArray()
    }
    access = {
        param ($Step)
        $path = Expand-Text -Text $Step.path
        if (-not [IO.Directory]::Exists($path)) { return $null }
        $acl = Get-Acl -LiteralPath $path
        $rules = foreach ($rule in $acl.GetAccessRules($true, $true, [Security.Principal.SecurityIdentifier])) {
            @{
                sid = [string] $rule.IdentityReference.Value
                rights = [int] $rule.FileSystemRights
                allow = [string] $rule.AccessControlType -eq 'Allow'
                inherited = [bool] $rule.IsInherited
            }
        }
        @{ protected = [bool] $acl.AreAccessRulesProtected; rules = @($rules) }
    }
    sid = {
        param ($Step)
        [string] (Resolve-Sid -Account $Step.account).Value
    }
    services = {
        param ($Step)
        $found = foreach ($service in (Get-Service32 -Name $Step.name)) {
            @{
                name = [string] $service.Name
                state = [string] $service.State
                start_mode = [string] $service.StartMode
                account = [string] $service.StartName
                command_line = [string] $service.PathName
            }
        }
        , @($found)
    }
    certificate = {
        param ($Step)
        $clock = [Diagnostics.Stopwatch]::StartNew()
        while ($true) {
            try {
                $thumbprint = Read-Certificate -Address $Step.address -Port $Step.port
                if ($Step.expect -and $thumbprint -ne $Step.expect) { throw "the port presents the certificate $thumbprint" }
                return $thumbprint
            }
            catch {
                if ($clock.Elapsed.TotalSeconds -ge $Step.wait) { throw }
                Start-Sleep -Milliseconds 500
            }
        }
    }
    firewall = {
        param ($Step)
        try { $rule = (New-Object -ComObject HNetCfg.FwPolicy2).Rules.Item($Step.name) }
        catch [IO.FileNotFoundException] { return $null }
        @{
            enabled = [bool] $rule.Enabled
            inbound = [int] $rule.Direction -eq 1
            allow = [int] $rule.Action -eq 1
            protocol = [int] $rule.Protocol
            ports = [string] $rule.LocalPorts
            profiles = [int] $rule.Profiles
            remote_addresses = [string] $rule.RemoteAddresses
        }
    }
    query = { param ($Step) Invoke-Process -Step $Step }
}

$writers = @{
    run = { param ($Step) Invoke-Process -Step $Step }
    directory = {
        param ($Step)
        $path = Expand-Text -Text $Step.path
        [void] [IO.Directory]::CreateDirectory($path)
        if ($Step.full) {
            (New-Object -TypeName IO.DirectoryInfo -ArgumentList $path).SetAccessControl((Get-FolderAcl -Full $Step.full -Readers $Step.readers))
        }
    }
    write = {
        param ($Step)
        [IO.File]::WriteAllBytes((Expand-Text -Text $Step.path), [Convert]::FromBase64String((Expand-Text -Text $Step.content)))
    }
    remove = {
        param ($Step)
        $path = Expand-Text -Text $Step.path
        if ([IO.Directory]::Exists($path)) { [IO.Directory]::Delete($path, $true) } else { [IO.File]::Delete($path) }
    }
    move = {
        param ($Step)
        $target = Expand-Text -Text $Step.target
        [IO.File]::Delete($target)
        [IO.File]::Move((Expand-Text -Text $Step.path), $target)
    }
    start = {
        param ($Step)
        $service = New-Object -TypeName ServiceProcess.ServiceController -ArgumentList $Step.name
        if ([string] $service.Status -eq 'StopPending') { Wait-Service -Name $Step.name -State Stopped -Timeout $Step.timeout }
        $service.Refresh()
        if ([string] $service.Status -eq 'Stopped') {
            $service.Start()
        }
        Wait-Service -Name $Step.name -State Running -Timeout $Step.timeout
    }
    stop = {
        param ($Step)
        $service = New-Object -TypeName ServiceProcess.ServiceController -ArgumentList $Step.name
        if ([string] $service.Status -notin 'Stopped', 'StopPending') { $service.Stop() }
        Wait-Service -Name $Step.name -State Stopped -Timeout $Step.timeout
    }
    set_firewall = {
        param ($Step)
        $policy = New-Object -ComObject HNetCfg.FwPolicy2
        $rule = New-Object -ComObject HNetCfg.FWRule
        $rule.Name = $Step.name
        $rule.Description = $Step.description
        $rule.Protocol = 6
        $rule.LocalPorts = [string] $Step.port
        $rule.Direction = 1
        $rule.Action = 1
        $rule.Profiles = 2147483647
        $rule.Enabled = $true
        $policy.Rules.Remove($Step.name)
        $policy.Rules.Add($rule)
    }
    remove_firewall = {
        param ($Step)
        (New-Object -ComObject HNetCfg.FwPolicy2).Rules.Remove($Step.name)
    }
}

# After a failure only the steps that say `always` are carried out (they clean up).
$failed = $false
$results = foreach ($step in @((ConvertFrom-Json -InputObject $Steps))) {
    if ($failed -and -not $step.always) {
        @{ skipped = $true }
        continue
    }
    try {
        $action = $readers[$step.do]
        if (-not $action) {
            if ($Ansible.CheckMode) { throw "the step '$($step.do)' writes, and this is check mode" }
            $action = $writers[$step.do]
        }
        if (-not $action) { throw "there is no step '$($step.do)'" }
        $value = & $action $step
        if ($step.keep) { $kept[$step.keep] = if ($null -eq $value) { $step.default } else { $value } }
        if ($step.do -eq 'run' -and $value.rc -ne 0) { $failed = $true }
        @{ value = $value }
    }
    catch {
        if (-not $step.optional) { $failed = $true }
        @{ error = [string] $_.Exception.GetBaseException().Message }
    }
}

# One string, because a result object would be cut at its second level and a list of one unrolled.
$Ansible.Result = ConvertTo-Json -InputObject @($results) -Depth 8 -Compress
$Ansible.Changed = $false
