# What only Windows has, for a PowerShell on Linux: registry, firewall, services, accounts and access lists.
if (-not ('FakeWorld' -as [type])) {
    Add-Type -TypeDefinition @'
using System; using System.Collections.Generic; using System.IO; using System.Text.RegularExpressions;
public static class FakeWorld {
  public static void Reset() { FakeRules.All.Clear(); FakeSecurity.Of.Clear(); }
}
public class FakeRule {
  public string Name, Description, LocalPorts, RemoteAddresses = "*"; public bool Enabled; public int Direction, Action, Protocol, Profiles;
}
public class FakeRules {
  public static List<FakeRule> All = new List<FakeRule>();
  public FakeRule Item(string name) {
    foreach (var rule in All) if (rule.Name == name) return rule;
    throw new FileNotFoundException("The system cannot find the file specified. (0x80070002)");
  }
  public void Remove(string name) { All.RemoveAll(rule => rule.Name == name); }
  public void Add(object rule) { All.Add((FakeRule) rule); }
}
public class FakePolicy { public FakeRules Rules = new FakeRules(); }
public class FakeService {
  string name, status = "Stopped"; int looks;
  public FakeService(string name) { this.name = name; if (name == "starting") status = "StopPending"; }
  public string ServiceName { get { return name; } }
  public string Status { get {
    if (name == "nothing") throw new InvalidOperationException(
      "Service nothing was not found on computer '.'.", new Exception("The specified service does not exist as an installed service"));
    return status;
  } }
  public void Refresh() {
    if (++looks < 2) return;
    if (status == "StartPending") status = name == "dying" ? "Stopped" : "Running";
    if (status == "StopPending") status = "Stopped";
  }
  public void Start() { status = "StartPending"; looks = 0; }
  public void Stop() { status = "StopPending"; looks = 0; }
}
public class FakeRegistry {
  const string Products = @"SOFTWARE\Microsoft\Windows\CurrentVersion\Uninstall";
  string path;
  public static FakeRegistry OpenBaseKey(string hive, string view) { return new FakeRegistry { path = view + ":" }; }
  public FakeRegistry OpenSubKey(string key) {
    var known = path + key;
    var there = known == @"Registry32:SOFTWARE\Octopus\Tentacle" || known == @"Registry64:" + Products || path == @"Registry64:" + Products;
    return there ? new FakeRegistry { path = known } : null;
  }
  public object GetValue(string name) {
    if (name == "InstallLocation") return @"D:\Tentacle\";
    if (name == "Release") return 528040;
    if (name == "DisplayName") return "Octopus Deploy Tentacle";
    return name == "DisplayVersion" ? "9.2.4285" : null;
  }
  public string[] GetSubKeyNames() { return new[] { "{id}" }; }
}
public class FakeSid {
  public string Value;
  public FakeSid(string value) { if (!Regex.IsMatch(value, @"^S-1(-\d+)+$")) throw new ArgumentException("invalid SID"); Value = value; }
}
public class FakeAccount {
  string name;
  public FakeAccount(string name) { this.name = name.ToLower(); }
  public FakeSid Translate(Type type) {
    if (name == "vagrant" || name == (Environment.MachineName + @"\vagrant").ToLower()) return new FakeSid("S-1-5-21-1-2-3-1001");
    if (name == @"octo\deploy") return new FakeSid("S-1-5-21-9-9-9-1104");
    throw new Exception("Some or all identity references could not be translated.");
  }
}
public class FakeAccessRule { public FakeSid IdentityReference; public int FileSystemRights; public string AccessControlType; public bool IsInherited; }
public class FakeSecurity {
  public static Dictionary<string, FakeSecurity> Of = new Dictionary<string, FakeSecurity>();
  public bool AreAccessRulesProtected; List<FakeAccessRule> rules = new List<FakeAccessRule>();
  public void SetAccessRuleProtection(bool protect, bool preserve) { AreAccessRulesProtected = protect; }
  public void AddAccessRule(object rule) { rules.Add((FakeAccessRule) rule); }
  public FakeAccessRule[] GetAccessRules(bool own, bool inherited, Type type) { return rules.ToArray(); }
}
public class FakeFolder {
  string path;
  public FakeFolder(string path) { this.path = path; }
  public void SetAccessControl(object security) { FakeSecurity.Of[path] = (FakeSecurity) security; }
}
'@
}

function New-Object {
    param([string] $TypeName, [object[]] $ArgumentList, [string] $ComObject)
    switch ($ComObject) {
        'HNetCfg.FwPolicy2' { return [FakePolicy]::new() }
        'HNetCfg.FWRule' { return [FakeRule]::new() }
    }
    switch ($TypeName) {
        'ServiceProcess.ServiceController' { return [FakeService]::new($ArgumentList[0]) }
        'Security.Principal.SecurityIdentifier' { return [FakeSid]::new($ArgumentList[0]) }
        'Security.Principal.NTAccount' { return [FakeAccount]::new($ArgumentList[0]) }
        'Security.AccessControl.DirectorySecurity' { return [FakeSecurity]::new() }
        'Security.AccessControl.FileSystemAccessRule' {
            $rule = [FakeAccessRule]::new()
            $rule.IdentityReference = $ArgumentList[0]
            $rule.FileSystemRights = @{ FullControl = 2032127; ReadAndExecute = 1179817 }[$ArgumentList[1]]
            $rule.AccessControlType = $ArgumentList[4]
            return $rule
        }
        'IO.DirectoryInfo' { return [FakeFolder]::new($ArgumentList[0]) }
    }
    if ($PSBoundParameters.ContainsKey('ArgumentList')) { return Microsoft.PowerShell.Utility\New-Object -TypeName $TypeName -ArgumentList $ArgumentList }
    Microsoft.PowerShell.Utility\New-Object -TypeName $TypeName
}

function Get-Acl { param($LiteralPath) [FakeSecurity]::Of[$LiteralPath] }

function Get-CimInstance {
    param($ClassName, $Filter)
    if ($Filter -ne "Name LIKE 'OctopusDeploy Tentacle%'") { return }
    foreach ($service in @('OctopusDeploy Tentacle', '.\vagrant'), @('OctopusDeploy Tentacle: two', 'LocalSystem'), @('OctopusDeploy Tentacle: x', 'GONE\user')) {
        [pscustomobject] @{ Name = $service[0]; State = 'Stopped'; StartMode = 'Auto'; StartName = $service[1]; PathName = '"C:\x.exe" run' }
    }
}
