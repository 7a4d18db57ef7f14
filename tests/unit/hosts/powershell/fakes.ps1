# What only Windows has, for a PowerShell on Linux: registry, firewall, services, accounts and access lists.
if (-not ('FakeWorld' -as [type])) {
    Add-Type -TypeDefinition @'
using System; using System.Collections.Generic; using System.IO; using System.Text.RegularExpressions;
public static class FakeWorld {
  static FakeRule Twice() { return new FakeRule { Name = "Twice", LocalPorts = "1", Enabled = true, Direction = 1, Action = 1, Protocol = 6, Profiles = 2147483647 }; }
  public static void Reset() { FakeRules.All.Clear(); for (var i = 0; i < 2; i++) FakeRules.All.Add(Twice()); FakeSecurity.Of.Clear(); }
}
public class FakeRule {
  public string Name, Description, LocalPorts, RemoteAddresses = "*"; public bool Enabled; public int Direction, Action, Protocol, Profiles;
}
public class FakeRules : System.Collections.IEnumerable {
  public System.Collections.IEnumerator GetEnumerator() { return All.ToArray().GetEnumerator(); }
  public static List<FakeRule> All = new List<FakeRule>();
  public FakeRule Item(string name) {
    if (name == "off") throw new System.Runtime.InteropServices.COMException("There are no more endpoints available.", unchecked((int) 0x800706D9));
    foreach (var rule in All) if (rule.Name == name) return rule;
    throw new FileNotFoundException("The system cannot find the file specified. (0x80070002)");
  }
  public void Remove(string name) { var found = All.Find(rule => rule.Name == name); if (found != null) All.Remove(found); }
  public void Add(object rule) { All.Add((FakeRule) rule); }
}
public class FakePolicy { public FakeRules Rules = new FakeRules(); }
public class FakeService {
  string name, status = "Stopped"; int looks;
  public FakeService(string name) { this.name = name; if (name == "starting") status = "StopPending"; if (name == "steady" || name == "failing") status = "Running"; }
  public string ServiceName { get { return name; } }
  public string Status { get {
    if (name == "nothing") throw new InvalidOperationException(
      "Service nothing was not found on computer '.'.", new Exception("The specified service does not exist as an installed service"));
    return status;
  } }
  public void Refresh() {
    if (++looks < 2) return;
    if (name == "failing") status = "Stopped";
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
  public FakeAccount Translate(Type type) {
    if (Value == "S-1-5-21-1-2-3-1666") return new FakeAccount(@"WIN01\mallory");
    throw new Exception("Some or all identity references could not be translated.");
  }
  public FakeSid(string value) { if (!Regex.IsMatch(value, @"^S-1(-\d+)+$")) throw new ArgumentException("invalid SID"); Value = value; }
}
public class FakeAccount {
  string name;
  public string Value;
  public FakeAccount(string name) { Value = name; this.name = name.ToLower(); }
  public FakeSid Translate(Type type) {
    if (name == "vagrant" || name == (Environment.MachineName + @"\vagrant").ToLower()) return new FakeSid("S-1-5-21-1-2-3-1001");
    if (name == @"builtin\administrators" || name == "administrators") return new FakeSid("S-1-5-32-544");
    if (name == @"builtin\users") return new FakeSid("S-1-5-32-545");
    if (name == @"octo\deploy") return new FakeSid("S-1-5-21-9-9-9-1104");
    throw new Exception("Some or all identity references could not be translated.");
  }
}
public class FakeAccessRule { public FakeSid IdentityReference; public int FileSystemRights; public string AccessControlType, InheritanceFlags, PropagationFlags; public bool IsInherited; }
public class FakeSecurity {
  public static Dictionary<string, FakeSecurity> Of = new Dictionary<string, FakeSecurity>();
  // Whom a path belongs to that nobody gave an owner: one whose name begins with "squatted", mallory.
  public static FakeSecurity At(string path) {
    if (Path.GetFileName(path).StartsWith("closed to all")) throw new UnauthorizedAccessException("Attempted to perform an unauthorized operation.");
    FakeSecurity found;
    if (Of.TryGetValue(path, out found)) return found;
    return new FakeSecurity { owner = new FakeSid(Path.GetFileName(path).StartsWith("squatted") ? "S-1-5-21-1-2-3-1666" : "S-1-5-32-544") };
  }
  public bool AreAccessRulesProtected; List<FakeAccessRule> rules = new List<FakeAccessRule>(); FakeSid owner;
  public void SetOwner(FakeSid sid) { owner = sid; }
  public FakeSid GetOwner(Type type) { return owner; }
  public void SetAccessRuleProtection(bool protect, bool preserve) { AreAccessRulesProtected = protect; }
  public void AddAccessRule(object rule) { rules.Add((FakeAccessRule) rule); }
  public FakeAccessRule[] GetAccessRules(bool own, bool inherited, Type type) { return rules.ToArray(); }
}
// A folder of .NET Framework.
public class FakeFolder {
  public string FullName;
  public FakeFolder(string path) { FullName = path; }
  public void SetAccessControl(object security) { FakeSecurity.Of[FullName] = (FakeSecurity) security; }
  public void Create(object security) {
    Directory.CreateDirectory(FullName);
    if (!Path.GetFileName(FullName).StartsWith("without access lists")) SetAccessControl(security);
  }
}
public static class FakeDirectory {
  public static bool Exists(string path) { return Directory.Exists(path); }
  public static string[] GetFiles(string path, string pattern) { return Directory.GetFiles(path, pattern); }
  public static IEnumerable<string> EnumerateFileSystemEntries(string path) { return Directory.EnumerateFileSystemEntries(path); }
  public static void Delete(string path) { Directory.Delete(path); }
  public static void Delete(string path, bool recursive) { Directory.Delete(path, recursive); }
  public static void Move(string path, string target) {
    if (Path.GetFileName(target) == "raced") Directory.CreateDirectory(target);
    Directory.Move(path, target);
    FakeSecurity security;
    if (FakeSecurity.Of.Remove(path, out security)) FakeSecurity.Of[target] = security;
  }
}
// What every other .NET has in its place.
public static class FakeFolderMethods {
  public static void Create(FakeFolder folder, FakeSecurity security) { folder.Create(security); }
  public static void SetAccessControl(FakeFolder folder, FakeSecurity security) { folder.SetAccessControl(security); }
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
            $rule.InheritanceFlags = $ArgumentList[2]
            $rule.PropagationFlags = $ArgumentList[3]
            $rule.AccessControlType = $ArgumentList[4]
            return $rule
        }
        'IO.DirectoryInfo' { return [FakeFolder]::new($ArgumentList[0]) }
    }
    if ($PSBoundParameters.ContainsKey('ArgumentList')) { return Microsoft.PowerShell.Utility\New-Object -TypeName $TypeName -ArgumentList $ArgumentList }
    Microsoft.PowerShell.Utility\New-Object -TypeName $TypeName
}

function Get-Acl { param($LiteralPath) try { [FakeSecurity]::At($LiteralPath) } catch { throw $_.Exception.GetBaseException() } }

function Get-CimInstance {
    param($ClassName, $Filter)
    if ($Filter -ne "Name LIKE 'OctopusDeploy Tentacle%'") { return }
    foreach ($service in @('OctopusDeploy Tentacle', '.\vagrant'), @('OctopusDeploy Tentacle: two', 'LocalSystem'), @('OctopusDeploy Tentacle: x', 'GONE\user')) {
        [pscustomobject] @{ Name = $service[0]; State = 'Stopped'; StartMode = 'Auto'; StartName = $service[1]; PathName = '"C:\x.exe" run' }
    }
}
