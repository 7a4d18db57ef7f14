# Copyright (c) 2026, the octoboot.octopus authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Carry out a list of small steps in one visit: a JSON list in, a JSON list out, and no decision of its own. All logic is in
# Python; what the steps are, and what comes of them, is said in ../contract.py. Windows PowerShell 5.1 must be able to run it.

[CmdletBinding(SupportsShouldProcess)]
param (
    [Parameter(Mandatory = $true)] [string] $Steps,
    [securestring] $Pfx,
    [securestring] $PfxPassword,
    [securestring] $ServicePassword
)

$ErrorActionPreference = 'Stop'

# Where a policy (WDAC, AppLocker) does not trust this script, nothing below can work.
$language = $ExecutionContext.SessionState.LanguageMode
if ($language -ne 'FullLanguage') { throw "this script runs in $language mode" }

Function ConvertFrom-Secret {
    param ([securestring] $Secret)
    if ($null -eq $Secret) { return '' }
    (New-Object -TypeName Net.NetworkCredential -ArgumentList '', $Secret).Password
}

# What a step may name as <word>: the secrets that were given, and whatever an earlier step kept.
$kept = @{ lt = '<'; empty = '' }
if ($Pfx) { $kept.pfx = ConvertFrom-Secret -Secret $Pfx }
if ($PfxPassword) { $kept.pfx_password = ConvertFrom-Secret -Secret $PfxPassword }
if ($ServicePassword) { $kept.service_password = ConvertFrom-Secret -Secret $ServicePassword }

# What comes back of a text (characters) or of a file (bytes); in a text of that many characters none has more than four bytes.
$limit = 200000
$longestText = 4 * $limit

Function Expand-Text {
    param ([string] $Text)
    [regex]::Replace($Text, '<([a-z_]+)>', {
            param ($match)
            $word = $match.Groups[1].Value
            if (-not $kept.ContainsKey($word)) { throw "the step names <$word>, which no earlier step kept" }
            [string] $kept[$word]
        })
}

# Any text of a step may name <word>, however deep it stands. The comma keeps a list a list.
Function Expand-Value {
    param ($Value)
    if ($Value -is [string]) { return Expand-Text -Text $Value }
    if ($Value -is [array]) {
        $items = foreach ($item in $Value) { Expand-Value -Value $item }
        return , @($items)
    }
    if ($Value -isnot [Management.Automation.PSCustomObject]) { return $Value }
    $members = @{}
    foreach ($member in $Value.PSObject.Properties) { $members[$member.Name] = Expand-Value -Value $member.Value }
    [pscustomobject] $members
}

# Names that the service manager knows and Translate does not, or not in every language of Windows. Without domain and blanks.
$wellKnown = @{ LocalSystem = 'S-1-5-18'; SYSTEM = 'S-1-5-18'; LocalService = 'S-1-5-19'; NetworkService = 'S-1-5-20' }

Function Resolve-Sid {
    param ([string] $Account)
    $plain = ($Account -replace '^NT AUTHORITY\\|^\.\\(?=LocalSystem$)') -replace ' '
    if ($wellKnown.ContainsKey($plain)) { return $wellKnown[$plain] }
    try {
        if ($Account -match '^S-1-') { return (New-Object -TypeName Security.Principal.SecurityIdentifier -ArgumentList $Account).Value }
        $name = $Account -replace '^\.\\', ([Environment]::MachineName + '\')
        (New-Object -TypeName Security.Principal.NTAccount -ArgumentList $name).Translate([Security.Principal.SecurityIdentifier]).Value
    }
    catch { throw "this machine knows no account named '$Account'" }
}

Function Get-AccountName {
    param ($Sid)
    try { [string] $Sid.Translate([Security.Principal.NTAccount]).Value } catch { [string] $Sid.Value }
}

# Create or SetAccessControl: methods of a folder in .NET Framework, and of a type of their own everywhere else.
$folderMethods = 'IO.FileSystemAclExtensions' -as [type]

Function Invoke-Folder {
    param ([string] $Path, [string] $Method, $Acl)
    $folder = New-Object -TypeName IO.DirectoryInfo -ArgumentList $Path
    if ($folderMethods) { $folderMethods::$Method($folder, $Acl) } else { $folder.$Method($Acl) }
}

$administrators = 'S-1-5-32-544'

Function Get-FolderAcl {
    param ([string[]] $Full, [string[]] $Readers)
    $acl = New-Object -TypeName Security.AccessControl.DirectorySecurity
    $acl.SetOwner((New-Object -TypeName Security.Principal.SecurityIdentifier -ArgumentList $administrators))
    $acl.SetAccessRuleProtection($true, $false)
    foreach ($account in @($Full) + @($Readers)) {
        $sid = New-Object -TypeName Security.Principal.SecurityIdentifier -ArgumentList (Resolve-Sid -Account $account)
        $rights = if ($Full -contains $account) { 'FullControl' } else { 'ReadAndExecute' }
        $acl.AddAccessRule((New-Object -TypeName Security.AccessControl.FileSystemAccessRule -ArgumentList @(
                    $sid, $rights, 'ContainerInherit, ObjectInherit', 'None', 'Allow')))
    }
    $acl
}

Function Get-Rule {
    param ($Acl)
    $Acl.GetAccessRules($true, $true, [Security.Principal.SecurityIdentifier])
}

# What the access of two folders is compared by.
Function Get-AccessText {
    param ($Acl)
    $rules = foreach ($rule in (Get-Rule -Acl $Acl)) {
        $flags = @($rule.AccessControlType, $rule.IsInherited, $rule.InheritanceFlags, $rule.PropagationFlags)
        '{0} {1} {2}' -f $rule.IdentityReference.Value, [int] $rule.FileSystemRights, ($flags -join ' ')
    }
    (@([string] $Acl.AreAccessRulesProtected) + @($rules | Sort-Object)) -join "`n"
}

# What a file or folder is, and whose; nothing when there is none. Of a link nothing is read: it would be its target's.
Function Get-Owned {
    param ([string] $Path)
    try { $attributes = [IO.File]::GetAttributes($Path) } catch [IO.IOException] { return }
    $owned = @{
        path = $Path
        folder = [bool] ($attributes -band [IO.FileAttributes]::Directory)
        link = [bool] ($attributes -band [IO.FileAttributes]::ReparsePoint)
        acl = $null
        owner = $null
        owner_name = $null
    }
    if ($owned.link) { return $owned }
    try {
        $acl = Get-Acl -LiteralPath $Path
        $sid = $acl.GetOwner([Security.Principal.SecurityIdentifier])
        $owned.owner_name = Get-AccountName -Sid $sid
        $owned.owner = [string] $sid.Value
        $owned.acl = $acl
    }
    catch { $owned.owner_name = $null }
    $owned
}

# Why a folder that is there is not taken.
Function Get-Objection {
    param ($Owned, [string[]] $Owners)
    if ($Owned.link) { return 'it is a link to another place' }
    if (-not $Owned.folder) { return 'it is a file' }
    if ($null -eq $Owned.acl) { return 'nobody may read who owns it' }
    if ($Owners -notcontains $Owned.owner) { return "it belongs to $($Owned.owner_name)" }
}

# A folder is made under a name that nobody can guess, and then moved to its own: a move takes the place of nothing, so that what
# stands there in the end is what was made here, and has had its owner and its access from the first moment.
Function New-Folder {
    param ([string] $Path, $Acl)
    $new = '{0}.{1}' -f $Path, [guid]::NewGuid().ToString('N')
    Invoke-Folder -Path $new -Method Create -Acl $Acl
    try { [IO.Directory]::Move($new, $Path) }
    catch {
        [IO.Directory]::Delete($new)
        throw
    }
}

Function Move-Aside {
    param ([string] $Path)
    $number = 1
    while (Get-Owned -Path "$Path.$number") { $number++ }
    [IO.Directory]::Move($Path, "$Path.$number")
}

# The last bytes of a file that others may be writing.
Function Read-End {
    param ([string] $Path, [int] $Most)
    $stream = [IO.File]::Open($Path, 'Open', 'Read', 'ReadWrite, Delete')
    try {
        if ($stream.Length -gt $Most) { [void] $stream.Seek(-$Most, 'End') }
        $buffer = New-Object -TypeName IO.MemoryStream
        $stream.CopyTo($buffer)
        , $buffer.ToArray()
    }
    finally { $stream.Dispose() }
}

Function Limit-Text {
    param ([string] $Text)
    if ($Text.Length -le $limit) { return $Text }
    $start = $Text.Length - $limit
    if ([char]::IsLowSurrogate($Text[$start])) { $start++ }
    $Text.Substring($start)
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

# By the method: where the property itself throws, because there is no such service, PowerShell reads $null and goes on.
Function Get-State {
    param ($Service)
    $Service.Refresh()
    [string] $Service.get_Status()
}

Function Wait-Service {
    param ($Service, [string] $State, [int] $Timeout)
    $clock = [Diagnostics.Stopwatch]::StartNew()
    while (($now = Get-State -Service $Service) -ne $State) {
        # A service that dies as it starts is stopped again; there is nothing left to wait for.
        $died = $State -eq 'Running' -and $now -eq 'Stopped'
        if ($died -or $clock.Elapsed.TotalSeconds -ge $Timeout) {
            throw "the service '$($Service.ServiceName)' is $now after $([int] $clock.Elapsed.TotalSeconds) seconds, not $State"
        }
        Start-Sleep -Milliseconds 250
    }
}

# Any certificate is fine, since its thumbprint is what is asked for. Made of an expression: a script block cannot run on the thread
# that asks.
$anyCertificate = & {
    $expression = [Linq.Expressions.Expression]
    $certificates = 'Security.Cryptography.X509Certificates'
    $types = [object], "$certificates.X509Certificate", "$certificates.X509Chain", [Net.Security.SslPolicyErrors]
    $parameters = [Linq.Expressions.ParameterExpression[]] @($types | ForEach-Object { $expression::Parameter([type] $_) })
    $expression::Lambda([Net.Security.RemoteCertificateValidationCallback], $expression::Constant($true), $parameters).Compile()
}
$answerSeconds = 5
$farewellSeconds = 2

Function Wait-Task {
    param ($Task, $Clock, [string] $Otherwise)
    if (-not $Task.Wait([int] [Math]::Max(0, 1000 * $answerSeconds - $Clock.ElapsedMilliseconds))) { throw $Otherwise }
}

# Connecting, the handshake and all that is read have one bound, whatever the peer sends meanwhile.
Function Read-Certificate {
    param ([string] $Address, [int] $Port)
    $clock = [Diagnostics.Stopwatch]::StartNew()
    $ip = [Net.IPAddress]::Parse($Address)
    $client = New-Object -TypeName Net.Sockets.TcpClient -ArgumentList $ip.AddressFamily
    try {
        Wait-Task -Task $client.ConnectAsync($ip, $Port) -Clock $clock -Otherwise "nothing answers on ${Address}:$Port"
        $stream = New-Object -TypeName Net.Security.SslStream -ArgumentList @($client.GetStream(), $false, $anyCertificate)
        $handshake = $stream.AuthenticateAsClientAsync('tentacle', $null, [Security.Authentication.SslProtocols]::Tls12, $false)
        $mute = "${Address}:$Port ended no TLS handshake within $answerSeconds seconds"
        try { Wait-Task -Task $handshake -Clock $clock -Otherwise $mute }
        catch [Management.Automation.MethodInvocationException] {
            throw "${Address}:$Port and this machine agreed on no TLS: $($_.Exception.GetBaseException().Message)"
        }
        $thumbprint = $stream.RemoteCertificate.GetCertHashString()
        Send-Farewell -Stream $stream
        $thumbprint
    }
    finally { $client.Dispose() }
}

# As Octopus Server asks for a thumbprint: one who just hangs up is an error in Tentacle's log.
Function Send-Farewell {
    param ($Stream)
    $clock = [Diagnostics.Stopwatch]::StartNew()
    $hello = [Text.Encoding]::ASCII.GetBytes("HELLO`n`n")
    $buffer = New-Object -TypeName byte[] -ArgumentList 4096
    try {
        $Stream.Write($hello, 0, $hello.Length)
        do {
            $reading = $Stream.ReadAsync($buffer, 0, $buffer.Length)
            $left = 1000 * $farewellSeconds - $clock.ElapsedMilliseconds
        } while ($left -gt 0 -and $reading.Wait([int] $left) -and $reading.Result -gt 0)
    }
    catch { return }
}

# Quoted as programs read it, when words stand no more for anything: nothing that one stood for ends its argument.
Function Join-Argument {
    param ([string[]] $Arguments)
    $quoted = foreach ($argument in $Arguments) {
        if ($argument -match '\A[^\s"]+\z') { $argument }
        else { '"' + ($argument -replace '(\\*)"', '$1$1\"' -replace '(\\+)\z', '$1$1') + '"' }
    }
    $quoted -join ' '
}

Function New-Pipe {
    param ($Reader)
    $pipe = @{ reader = $Reader; text = New-Object -TypeName Text.StringBuilder; buffer = New-Object -TypeName char[] -ArgumentList 32768 }
    $pipe.task = $Reader.ReadAsync($pipe.buffer, 0, $pipe.buffer.Length)
    $pipe
}

# Take what comes of some pipes in the next moment; tell whether any is open still.
Function Read-Pipe {
    param ($Pipes)
    $tasks = @(foreach ($pipe in $Pipes) { if ($pipe.task) { $pipe.task } })
    if ($tasks.Count -eq 0) { return $false }
    [void] [Threading.Tasks.Task]::WaitAny([Threading.Tasks.Task[]] $tasks, 100)
    foreach ($pipe in $Pipes) {
        if (-not $pipe.task -or -not $pipe.task.IsCompleted) { continue }
        $count = $pipe.task.Result
        [void] $pipe.text.Append($pipe.buffer, 0, $count)
        # One character more than comes back, so that the first one can be seen to be half of a pair.
        if ($pipe.text.Length -gt 2 * $limit) { [void] $pipe.text.Remove(0, $pipe.text.Length - $limit - 1) }
        $pipe.task = if ($count -gt 0) { $pipe.reader.ReadAsync($pipe.buffer, 0, $pipe.buffer.Length) }
    }
    $true
}

# Windows PowerShell's own .NET kills one process only.
Function Stop-Tree {
    param ($Process)
    try {
        if ($Process.GetType().GetMethod('Kill', [type[]] @([bool]))) { $Process.Kill($true) }
        else { & "$env:SystemRoot\System32\cmd.exe" /d /c "%SystemRoot%\System32\taskkill.exe /t /f /pid $($Process.Id) >nul 2>&1" }
        if (-not $Process.WaitForExit(2000)) { $Process.Kill() }
    }
    catch { if (-not $Process.HasExited) { throw } }
}

# How long the pipes of a process that has ended are read: what it started may live on with them.
$orphanSeconds = 2

# A process inherits the console of this one, which Ansible set to UTF-8; a new console would have the OEM code page. Both pipes
# are read at once: a process that fills one while the other is being read would wait for ever.
Function Invoke-Process {
    param ($Step)
    $start = New-Object -TypeName Diagnostics.ProcessStartInfo
    $start.FileName = $Step.file
    $start.Arguments = Join-Argument -Arguments $Step.arguments
    $start.UseShellExecute = $false
    $start.RedirectStandardInput = $true
    $start.RedirectStandardOutput = $true
    $start.RedirectStandardError = $true
    $start.StandardOutputEncoding = New-Object -TypeName Text.UTF8Encoding -ArgumentList $false
    $start.StandardErrorEncoding = $start.StandardOutputEncoding
    foreach ($variable in $Step.environment.PSObject.Properties) {
        $start.EnvironmentVariables[$variable.Name] = $variable.Value
    }
    $clock = [Diagnostics.Stopwatch]::StartNew()
    $process = [Diagnostics.Process]::Start($start)
    $process.StandardInput.Close()
    $pipes = @((New-Pipe -Reader $process.StandardOutput), (New-Pipe -Reader $process.StandardError))
    $until = $null
    while (Read-Pipe -Pipes $pipes) {
        $now = $clock.Elapsed.TotalSeconds
        if ($null -eq $until -and $process.HasExited) { $until = $now + $orphanSeconds }
        if ($now -ge $(if ($null -eq $until) { $Step.timeout } else { $until })) { break }
    }
    $left = [Math]::Min([Math]::Max(0, $Step.timeout - $clock.Elapsed.TotalSeconds), 86400)
    $ended = $process.WaitForExit([int] (1000 * $left))
    if (-not $ended) {
        Stop-Tree -Process $process
        $until = $clock.Elapsed.TotalSeconds + $orphanSeconds
        while ($clock.Elapsed.TotalSeconds -lt $until -and (Read-Pipe -Pipes $pipes)) { continue }
    }
    $stdout, $stderr = foreach ($pipe in $pipes) { Limit-Text -Text $pipe.text.ToString() }
    if (-not $ended) {
        $said = ("$stderr`n$stdout").Trim()
        if ($said) { $said = '; it had said: ' + $said.Substring([Math]::Max(0, $said.Length - 1000)) }
        throw "the process did not end within $($Step.timeout) seconds and was killed$said"
    }
    @{ rc = $process.ExitCode; stdout = $stdout; stderr = $stderr; seconds = [Math]::Round($clock.Elapsed.TotalSeconds, 3) }
}

$noSuchFile = 0x80070002

# One rule is found by its name at once; only when there is one all are looked at for others of that name.
Function Get-FirewallRule {
    param ([string] $Name)
    $rules = (New-Object -ComObject HNetCfg.FwPolicy2).Rules
    try { [void] $rules.Item($Name) }
    catch {
        if ($_.Exception.GetBaseException().HResult -eq $noSuchFile) { return }
        throw
    }
    foreach ($rule in $rules) {
        if ($rule.Name -ne $Name) { continue }
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
}

# Remove takes away one rule of the name.
Function Remove-FirewallRule {
    param ($Rules, [string] $Name)
    foreach ($same in @(foreach ($rule in $Rules) { if ($rule.Name -eq $Name) { $rule } })) { $Rules.Remove($same.Name) }
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
        if ([IO.File]::Exists($Step.path)) { [Convert]::ToBase64String((Read-End -Path $Step.path -Most $limit)) }
    }
    tail = {
        param ($Step)
        if (-not [IO.File]::Exists($Step.path)) { return }
        $encoding = if ($Step.encoding -eq 'utf-16') { [Text.Encoding]::Unicode } else { [Text.Encoding]::UTF8 }
        $text = $encoding.GetString((Read-End -Path $Step.path -Most $longestText)).TrimStart([char] 0xFEFF)
        $lines = ($text -replace '(\r\n|\r|\n)\z', '') -split '\r\n|\r|\n'
        Limit-Text -Text (@($lines | Select-Object -Last $Step.lines) -join "`n")
    }
    exists = {
        param ($Step)
        [IO.File]::Exists($Step.path) -or [IO.Directory]::Exists($Step.path)
    }
    files = {
        param ($Step)
        $found = New-Object -TypeName Collections.ArrayList
        foreach ($file in @(if ([IO.Directory]::Exists($Step.path)) { [IO.Directory]::GetFiles($Step.path, $Step.pattern) })) {
            $content = [Convert]::ToBase64String((Read-End -Path $file -Most $limit))
            $owned = Get-Owned -Path $file
            [void] $found.Add(@{
                    name = [IO.Path]::GetFileName($file)
                    content = $content
                    owner = $owned.owner
                    owner_name = $owned.owner_name
                })
        }
        , $found.ToArray()
    }
    # Through a stream that others may be writing to. What is no configuration is damage; a file that cannot be read is an error.
    settings = {
        param ($Step)
        $found = @{ there = [IO.File]::Exists($Step.path); damage = $null; values = @{} }
        if (-not $found.there) { return $found }
        $content = New-Object -TypeName IO.MemoryStream -ArgumentList @(, (Read-End -Path $Step.path -Most ([int]::MaxValue)))
        $document = New-Object -TypeName Xml.XmlDocument
        $document.XmlResolver = $null
        try { $document.Load($content) }
        catch {
            $found.damage = 'it is not XML: ' + $_.Exception.GetBaseException().Message
            return $found
        }
        if ($document.DocumentElement.Name -cne 'octopus-settings') {
            $found.damage = "it holds <$($document.DocumentElement.Name)> in place of <octopus-settings>"
            return $found
        }
        foreach ($entry in $document.GetElementsByTagName('set')) {
            foreach ($key in $Step.keys) {
                if ($entry.GetAttribute('key') -eq $key -and $entry.InnerText.Trim()) { $found.values[$key] = $entry.InnerText }
            }
        }
        $found
    }
    access = {
        param ($Step)
        $owned = Get-Owned -Path $Step.path
        $above = New-Object -TypeName Collections.ArrayList
        $path = $Step.path
        while ($path = [IO.Path]::GetDirectoryName($path)) {
            $folder = Get-Owned -Path $path
            if ($folder) { [void] $above.Add(@{ path = $path; link = $folder.link; owner = $folder.owner; owner_name = $folder.owner_name }) }
        }
        $rules = foreach ($rule in @(if ($owned.acl) { Get-Rule -Acl $owned.acl })) {
            @{
                sid = [string] $rule.IdentityReference.Value
                rights = [int] $rule.FileSystemRights
                allow = [string] $rule.AccessControlType -eq 'Allow'
                inherited = [bool] $rule.IsInherited
            }
        }
        $holds = if ($owned.folder -and -not $owned.link) {
            try { [IO.Directory]::EnumerateFileSystemEntries($Step.path) | Select-Object -First 4 | ForEach-Object { [IO.Path]::GetFileName($_) } }
            catch [UnauthorizedAccessException] { '?' }
        }
        @{
            exists = $null -ne $owned
            folder = [bool] $owned.folder
            link = [bool] $owned.link
            owner = $owned.owner
            owner_name = $owned.owner_name
            protected = [bool] $owned.acl.AreAccessRulesProtected
            rules = @($rules)
            holds = @($holds)
            above = $above.ToArray()
        }
    }
    sid = {
        param ($Step)
        Resolve-Sid -Account $Step.account
    }
    services = {
        param ($Step)
        $found = foreach ($service in (Get-Service32 -Name $Step.name)) {
            $sid = try { Resolve-Sid -Account $service.StartName } catch { $null }
            @{
                name = [string] $service.Name
                state = [string] $service.State
                start_mode = [string] $service.StartMode
                account = [string] $service.StartName
                sid = $sid
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
    steady = {
        param ($Step)
        $service = New-Object -TypeName ServiceProcess.ServiceController -ArgumentList $Step.name
        $clock = [Diagnostics.Stopwatch]::StartNew()
        do {
            $now = Get-State -Service $service
            if ($now -ne 'Running') { throw "the service '$($Step.name)' is $now, and does not run" }
            Start-Sleep -Milliseconds 500
        } while ($clock.Elapsed.TotalSeconds -lt $Step.seconds)
    }
    firewall = {
        param ($Step)
        try { @{ problem = $null; rules = @(Get-FirewallRule -Name $Step.name) } }
        catch {
            $failure = $_.Exception.GetBaseException()
            @{ problem = '{0} (0x{1:X8})' -f $failure.Message.Trim(), $failure.HResult; rules = @() }
        }
    }
    query = { param ($Step) Invoke-Process -Step $Step }
}

$writers = @{
    run = { param ($Step) Invoke-Process -Step $Step }
    directory = {
        param ($Step)
        $acl = Get-FolderAcl -Full $Step.full -Readers $Step.readers
        $wanted = Get-AccessText -Acl $acl
        $found = Get-Owned -Path $Step.path
        $objection = if ($found) { Get-Objection -Owned $found -Owners $Step.owners }
        if ($found -and $Step.aside -and ($objection -or (Get-AccessText -Acl $found.acl) -ne $wanted)) {
            Move-Aside -Path $Step.path
            $found = $objection = $null
        }
        if ($objection) { throw $objection }
        if ($found) { Invoke-Folder -Path $Step.path -Method SetAccessControl -Acl $acl } else { New-Folder -Path $Step.path -Acl $acl }
        $made = Get-Owned -Path $Step.path
        $objection = Get-Objection -Owned $made -Owners $administrators
        if ($objection) { throw $objection }
        if ((Get-AccessText -Acl $made.acl) -ne $wanted) { throw 'it did not keep the access that it was given' }
    }
    write = {
        param ($Step)
        [IO.File]::WriteAllBytes($Step.path, [Convert]::FromBase64String($Step.content))
    }
    remove = {
        param ($Step)
        if ([IO.Directory]::Exists($Step.path)) { [IO.Directory]::Delete($Step.path, $true) }
        elseif ([IO.File]::Exists($Step.path)) { [IO.File]::Delete($Step.path) }
    }
    move = {
        param ($Step)
        if ([IO.File]::Exists($Step.path)) { [IO.File]::Delete($Step.target) }
        [IO.File]::Move($Step.path, $Step.target)
    }
    set_aside = {
        param ($Step)
        if (-not [IO.File]::Exists($Step.path)) { return $null }
        $free = $Step.target
        for ($number = 1; [IO.File]::Exists($free) -or [IO.Directory]::Exists($free); $number++) { $free = "$($Step.target).$number" }
        [IO.File]::Move($Step.path, $free)
        $free
    }
    start = {
        param ($Step)
        $service = New-Object -TypeName ServiceProcess.ServiceController -ArgumentList $Step.name
        if ((Get-State -Service $service) -eq 'StopPending') { Wait-Service -Service $service -State Stopped -Timeout $Step.timeout }
        if ((Get-State -Service $service) -eq 'Stopped') { $service.Start() }
        Wait-Service -Service $service -State Running -Timeout $Step.timeout
    }
    stop = {
        param ($Step)
        $service = New-Object -TypeName ServiceProcess.ServiceController -ArgumentList $Step.name
        if ((Get-State -Service $service) -notin 'Stopped', 'StopPending') { $service.Stop() }
        Wait-Service -Service $service -State Stopped -Timeout $Step.timeout
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
        Remove-FirewallRule -Rules $policy.Rules -Name $Step.name
        $policy.Rules.Add($rule)
    }
    remove_firewall = {
        param ($Step)
        Remove-FirewallRule -Rules (New-Object -ComObject HNetCfg.FwPolicy2).Rules -Name $Step.name
    }
}

Function Get-Action {
    param ([string] $Name)
    if ($readers.ContainsKey($Name)) { return $readers[$Name] }
    if (-not $writers.ContainsKey($Name)) { throw "there is no step '$Name'" }
    if ($Ansible.CheckMode) { throw "the step '$Name' writes, and this is check mode" }
    $writers[$Name]
}

# After a failure only the steps that say `always` are carried out (they clean up).
$failed = $false
$results = foreach ($step in @((ConvertFrom-Json -InputObject $Steps))) {
    if ($failed -and -not $step.always) {
        @{ skipped = $true }
        continue
    }
    try {
        $action = Get-Action -Name $step.do
        $value = & $action (Expand-Value -Value $step)
        # What gives nothing is null here: of its kind of nothing, Windows PowerShell 5.1 would make {}.
        if ($null -eq $value) { $value = $null }
        foreach ($word in $step.keep.PSObject.Properties) {
            $meant = if ($null -eq $word.Value) { $value } else { $value.($word.Value) }
            $kept[$word.Name] = if ($null -eq $meant) { [string] $step.default } else { $meant }
        }
        $well = $step.do -ne 'run' -or $value.rc -eq 0
        @{ value = $value }
    }
    catch {
        $well = $false
        @{ error = [string] $_.Exception.GetBaseException().Message }
    }
    if (-not $well -and -not $step.optional) { $failed = $true }
}

# One string, because a result object would be cut at its second level and a list of one unrolled.
$Ansible.Result = ConvertTo-Json -InputObject @($results) -Depth 8 -Compress
$Ansible.Changed = $false
