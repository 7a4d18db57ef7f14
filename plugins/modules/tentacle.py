#!/usr/bin/python
# Copyright (c) 2026, the octoboot.octopus authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

DOCUMENTATION = r"""
module: tentacle
short_description: Install and configure Octopus Tentacle
description:
  - Brings a host to one outcome - Tentacle at a version, with an instance configured so, running with its own lasting certificate.
  - Works through the connection of the task. It sees what is there in one visit, lists what differs, and does just that.
  - Nothing is taken to be live because it is on disk - the service manager and the certificate that the port really presents decide. A run
    that was killed is completed by the next.
  - What is not said stays as it is on the host. Only what is made gets defaults.
  - The API key of Octopus never reaches the host.
version_added: 0.1.0
author: The octoboot.octopus authors (@octoboot)
extends_documentation_fragment:
  - octoboot.octopus.attributes
attributes:
  platform:
    description: Which hosts it works on.
    platforms: windows, posix
    support: full
    details: Linux with systemd, as root; on the host it needs Python's standard library and nothing else.
requirements:
  - ansible.windows (on the controller, for Windows hosts)
  - cryptography (on the controller)
options:
  state:
    description:
      - V(absent) removes the instance - its service, configuration, certificate and firewall rule - and with the last instance the package.
        Logs, deployed applications and what else is in the home directory stay, and so does the identity in the store.
      - The record in Octopus is removed by M(octoboot.octopus.deployment_target).
    type: str
    choices: [present, absent]
    default: present
  version:
    description:
      - Version of Tentacle; an older one is upgraded, a newer one is left with a warning.
      - Such as V(9.2.4285). See O(version_strict) and O(allow_downgrade) for a newer one. Unset takes any that is installed, else the
        newest.
    type: str
  version_strict:
    description: Fail, rather than warn, when a newer version than O(version) is installed.
    type: bool
    default: false
  allow_downgrade:
    description: Whether a newer version than O(version) is replaced by it.
    type: bool
    default: false
  package_url:
    description:
      - URL of the package (an MSI; on Linux a C(.deb), C(.rpm) or C(.tar.gz)), instead of Octopus's own.
      - The host downloads it, before any service of Tentacle is stopped for it. A user and password before its host are the mirror's.
      - Unset is, on Windows, Octopus's own download - the MSI that needs the .NET Framework 4.8, or the self-contained one where that is
        missing; on Linux, the repository of the host's package manager (O(repository_url)), or Octopus's C(.tar.gz) where that is neither
        apt nor dnf.
    type: str
  package_file:
    description:
      - The package as a file on the controller, which is copied to the host.
      - Slow over WinRM; prefer O(package_url).
    type: path
  package_checksum:
    description:
      - SHA-256 checksum of the package, checked before the package is installed.
      - Packages of a repository are checked by its signature.
    type: str
  package_allow_http:
    description:
      - Consent to what is installed as root or SYSTEM and came over a connection that others can alter.
      - Needed for O(package_url) without C(https) and without O(package_checksum), for O(repository_key) without C(https), and for
        the C(.repo) file of O(repository_url) without C(https), which says by itself what is checked. A repository over C(http) whose
        key came another way needs none - its signature is checked.
    type: bool
    default: false
  repository_url:
    description:
      - URL of the apt or rpm repository that a Linux host installs from, instead of Octopus's own.
      - With apt, the URI of the source; with dnf, a C(.repo) file, or a C(baseurl), which needs O(repository_key) too.
      - Unset is U(https://apt.octopus.com/) or U(https://rpm.octopus.com/tentacle.repo). O(package_url) and O(package_file) win over
        repositories.
      - Where a source of apt names the repository already, in a file that this collection did not write, it is used as it is and nothing
        is added - apt refuses two that name different keys, and whom that machine trusts is its own decision. O(repository_key) then
        has no effect.
      - A user and a password in the URL are kept in a file that root alone reads (C(/etc/apt/auth.conf.d), or the C(.repo) file of dnf).
    type: str
  repository_key:
    description:
      - URL of the OpenPGP key that signs the repository, instead of Octopus's own.
      - The key may be armoured or not. With apt, the armoured key itself may be given.
    type: str
  repository_suite:
    description: Suite of the apt repository, instead of V(stable).
    type: str
  install_timeout:
    description: Seconds that installing may take, waiting for another installer included.
    type: int
    default: 1800
  install_background:
    description:
      - Whether hosts install in the background, so that the number of forks does not bound how many install at once.
      - The task then returns as soon as the installer has been started, with RV(pending=true). A second task with O(installation) waits
        and finishes.
      - An upgrade on Windows whose package is downloaded starts with the download. Its installer is started by the second task, which has
        stopped Tentacle by then, so that for these hosts the number of forks counts.
    type: bool
    default: false
  installation:
    description: RV(installation) of the task that started the installer.
    type: dict
  instance:
    description:
      - Name of the instance.
      - A host may have several, each by a task or role of its own. Each has its own certificate, port and name in Octopus, and what it
        would share with another one is refused.
    type: str
    default: Tentacle
  home_directory:
    description:
      - Home directory of the instance, on the host, which only administrators and the service's account may read.
      - Unset leaves what is there. A new instance gets V(C:\\Octopus) or V(/etc/octopus/default) when it is the default one, and
        V(C:\\Octopus\\NAME) or V(/etc/octopus/NAME) when it is any other.
    type: str
  application_directory:
    description:
      - Folder that deployments go to, on the host.
      - Unset leaves what is there. A new instance gets V(C:\\Octopus\\Applications) or V(/home/Octopus/Applications), or a folder in it
        when it is not the default one.
    type: str
  adopt_directories:
    description:
      - Whether the home and the application directory may be folders that are not Tentacle's - folders that are not empty, and that
        neither this instance nor an earlier one of its name has used. Their access becomes what an instance's is.
      - On Windows, also whether they may belong to somebody who is neither an administrator nor the account of the service, even if the
        instance has them already. Such an owner can give himself any access, and what he has opened before stays open to him.
      - On Windows, also whether a folder above them may be a link or a mounted volume, since nothing tells who could turn it elsewhere.
      - Folders of the operating system are refused in any case.
    type: bool
    default: false
  communication_style:
    description:
      - Who connects to whom. With V(listening), Octopus Server connects to Tentacle. With V(polling), Tentacle connects to Octopus Server,
        as it must where the server cannot reach the machine (Octopus Cloud); no port is opened, and nothing in the host's firewall.
      - Unset leaves what is there. A new instance listens, unless the machine's own record in Octopus polls. An instance that neither
        listens nor polls is refused, unless this is set.
      - When it changes, the machine keeps its certificate and its record in Octopus.
    type: str
    choices: [listening, polling]
  server_addresses:
    description:
      - Addresses at which a polling Tentacle finds its Octopus Server, such as V(https://octopus.example.com:10943). Scheme and port may be
        left out; the port is V(10943), and V(443) at Octopus Cloud. Several are the nodes of one server (high availability).
      - V(wss://octopus.example.com:443/path) is the address of a WebSocket, which Tentacle uses on Windows alone.
      - The list is complete. Tentacle can forget an address only with its subscription, so when one is taken out the machine gets a new
        subscription id, and its record the new id.
      - For a machine that is registered with several servers, they are those of the server of C(octopus_url). Any other is polled where
        C(server_addresses) in its entry of C(octopus_registrations) says, else at the address that its URL tells.
      - Unset leaves the addresses that are there. A new polling instance gets one that is made from C(octopus_url) - its host and port
        V(10943), or for Octopus Cloud (C(NAME.octopus.app)) V(https://polling.NAME.octopus.app:443).
      - Without effect with O(communication_style=listening).
    type: list
    elements: str
  polling_connection_count:
    description:
      - How many connections a polling Tentacle keeps to each address, and so how many things it does at once; at most 512.
      - Needs Tentacle 9.2.4154 or newer. Unset leaves what is there. A new instance has V(1).
    type: int
  port:
    description:
      - Port on which Tentacle listens. Without effect with O(communication_style=polling).
      - Unset leaves what is there. A new instance gets V(10933). It is one instance's alone, unless each listens on an address of its own.
    type: int
  listen_ip_address:
    description:
      - IP address on which Tentacle listens, or V(any), all of them. Without effect with O(communication_style=polling).
      - Unset leaves what is there. A new instance gets V(any).
    type: str
  proxy:
    description:
      - Proxy through which deployments on this machine fetch packages, and commands of Tentacle reach a server.
      - V(custom) is O(proxy_host); V(system) is the one of Windows, and none on Linux; V(none) is none.
      - Unset leaves what is there, unless O(proxy_host) is set, which means V(custom). A new instance gets V(system).
    type: str
    choices: [custom, system, none]
  proxy_host:
    description:
      - Name or address of the proxy, without a scheme or port.
      - Unset leaves what is there.
    type: str
  proxy_port:
    description:
      - Port of the proxy.
      - Unset leaves what is there. A new instance gets V(80).
    type: int
  proxy_user:
    description:
      - User that logs in to the proxy; with V(system), unset is the account that the service runs as. An empty text is nobody.
      - Unset leaves what is there.
    type: str
  proxy_password:
    description:
      - Always refused. Tentacle takes the password from its command line alone, which others on the host can read.
      - A password that was set on the host by hand stays, whatever else of the proxy is changed.
    type: str
  polling_proxy:
    description:
      - Proxy through which a polling Tentacle connects to its Octopus Server.
      - V(custom) is O(polling_proxy_host); V(system) is the one of Windows for the Tentacle that needs the .NET Framework, and none for
        others; V(none) is none.
      - Unset leaves what is there, unless O(polling_proxy_host) is set, which means V(custom). A new instance gets V(system).
    type: str
    choices: [custom, system, none]
  polling_proxy_host:
    description:
      - Name or address of the proxy, without a scheme or port.
      - Unset leaves what is there.
    type: str
  polling_proxy_port:
    description:
      - Port of the proxy.
      - Unset leaves what is there. A new instance gets V(80).
    type: int
  polling_proxy_user:
    description:
      - User that logs in to the proxy; with V(system), unset is the account that the service runs as. An empty text is nobody.
      - Unset leaves what is there.
    type: str
  polling_proxy_password:
    description:
      - Always refused. Tentacle takes the password from its command line alone, which others on the host can read.
      - A password that was set on the host by hand stays, whatever else of the proxy is changed.
    type: str
  trust:
    description:
      - Thumbprints of the Octopus Servers that may connect; other trust stays, unless O(trust_exclusive=true).
      - Unset is the thumbprint of the server that C(octopus_url) names, which is asked for it.
    type: list
    elements: str
  trust_exclusive:
    description: Whether any other server's trust is removed.
    type: bool
    default: false
  firewall:
    description:
      - Whether O(port) is opened in the host's firewall. A polling Tentacle needs no rule and gets none; one that is there stays.
      - On Linux ufw and firewalld are known, and a rule is made in the one that is active.
      - A rule that is there and lets connections to the port in stays as it is, also when it lets in some addresses only.
    type: bool
    default: true
  service_user:
    description:
      - Account of the service, such as V(DOMAIN\\user), a group managed service account (V(DOMAIN\\gmsa$)), or an existing user of Linux.
      - Unset leaves what is there. A new instance gets V(SYSTEM), or V(root) on Linux. A user of Linux owns home and application
        directories then.
    type: str
  service_password:
    description:
      - Password of O(service_user) on Windows.
      - It is used when the service is made or its account changes; a changed password alone is not seen. Group managed service accounts
        need none.
    type: str
  start_timeout:
    description: Seconds that the service may take until its port presents the certificate.
    type: int
    default: 60
  pfx_encryption:
    description:
      - How the key is encrypted on its way to the host; V(modern) (AES-256) needs Windows Server 2019 or newer.
      - V(compatible) can be read by every Windows. V(modern) is what FIPS demands.
    type: str
    choices: [compatible, modern]
    default: compatible
  run_as:
    description:
      - Account that runs Tentacle's commands on Windows, by runas; empty is the user of the connection.
      - Importing a certificate needs a loaded profile, which the user of a network logon does not have. The task's own C(become) wins.
    type: str
    default: SYSTEM
  identity_name:
    description:
      - Name of the identity in the store.
      - Unset is the name of the host in the inventory. Of several instances on a host, each needs a name of its own.
    type: str
  identity_store:
    description:
      - Folder of the identity store on the controller, which has to outlive the run.
      - It must not be in a folder that Ansible reads as inventory, which would have it read every key as one; beside it is a good place.
    type: path
  identity_encryption:
    description: Whether private keys in the store are encrypted by Ansible Vault, or kept in plain text (V(none)).
    type: str
    choices: [vault, none]
    default: vault
  identity_allow_ephemeral:
    description:
      - Whether identities are made also where they look as if they were lost after the run, as in the workspace of a pipeline.
      - For a folder that the job commits or saves when it ends. Identities that are there already are used in any case.
    type: bool
    default: false
  certificate:
    description: A PFX (PKCS#12) with certificate and private key, as base64, which wins over the store.
    type: str
  certificate_password:
    description: Password of O(certificate).
    type: str
  for_registration:
    description:
      - Whether M(octoboot.octopus.registrations) follows - what it will need is checked before anything is touched, and RV(settled)
        says whether anything is left for it to do. A server that cannot be reached is left to it, unless it is the only one.
    type: bool
    default: false
notes:
  - An option that the task does not say is read from the variable C(tentacle_<option>), such as C(tentacle_port). O(state), O(installation)
    and O(for_registration) are said by tasks alone.
  - The server that is asked for its thumbprint, and for the record with O(for_registration=true), is that of the variables C(octopus_url),
    C(octopus_api_key), C(octopus_space) and so on.
"""

EXAMPLES = r"""
- name: Install Tentacle and give it its certificate
  octoboot.octopus.tentacle:
    version: 9.2.4285
    package_url: https://mirror.example.com/Octopus.Tentacle.9.2.4285-x64.msi
    package_checksum: "{{ tentacle_sha256 }}"
    identity_store: "{{ inventory_dir }}-identities"
    trust:
      - 2B1A4F0F3E7C0D9A5B6E8C1D2F3A4B5C6D7E8F90
  register: tentacle

- name: The same on a Linux host, from a mirror of Octopus's apt repository, as a user of its own
  octoboot.octopus.tentacle:
    version: 9.2.4285
    repository_url: https://mirror.example.com/octopus-apt/
    repository_key: https://mirror.example.com/octopus-apt/public.key
    service_user: octopus
    identity_store: "{{ inventory_dir }}-identities"
    trust:
      - 2B1A4F0F3E7C0D9A5B6E8C1D2F3A4B5C6D7E8F90

- name: Behind a proxy
  octoboot.octopus.tentacle:
    identity_store: "{{ inventory_dir }}-identities"
    proxy: custom
    proxy_host: proxy.example.com
    proxy_port: 3128
    trust:
      - 2B1A4F0F3E7C0D9A5B6E8C1D2F3A4B5C6D7E8F90

- name: Bring up a Tentacle that polls Octopus Cloud, whose address is made from octopus_url
  octoboot.octopus.tentacle:
    communication_style: polling
    identity_store: "{{ inventory_dir }}-identities"

- name: Take Tentacle off again
  octoboot.octopus.tentacle:
    state: absent
"""

RETURN = r"""
thumbprint:
  description: Thumbprint of the machine's certificate.
  returned: always
  type: str
  sample: 8CB3A1D0C4E2F5B69788A9B0C1D2E3F405162738
former_thumbprints:
  description: Thumbprints that the machine had before, and those that it showed when the task began.
  returned: success, unless RV(pending=true)
  type: list
  elements: str
  sample: []
managed:
  description: Things on the server that this host names and the run has made, or would make (C(octopus_manage)).
  returned: when something was made
  type: list
  elements: dict
  contains:
    kind:
      description: What it is.
      type: str
      returned: always
      sample: environment
    name:
      description: Its name.
      type: str
      returned: always
      sample: Staging
    result:
      description: Whether it is new (V(created)), or has got something new (V(updated)), as a tag set a tag.
      type: str
      returned: always
      sample: created
version:
  description: Version that is installed.
  returned: success, unless RV(pending=true)
  type: str
  sample: 9.2.4285
port:
  description: Port on which Tentacle listens.
  returned: success, unless RV(pending=true), of a Tentacle that listens
  type: int
  sample: 10933
subscription_ids:
  description: The ids under which Tentacle polls its Octopus Servers, by the servers' thumbprints. In check mode one that is yet to be made
    reads C(poll://(a new subscription)/).
  returned: success, unless RV(pending=true), of a Tentacle that polls
  type: dict
  sample: {"2B1A4F0F3E7C0D9A5B6E8C1D2F3A4B5C6D7E8F90": "poll://wp2xxnhgpk6luexeyfnw/"}
instance:
  description: Name of the instance.
  returned: always
  type: str
  sample: Tentacle
settled:
  description: Whether nothing is left to do for the records - they are as they are wanted, and Octopus finds the machine well.
  returned: when O(for_registration=true)
  type: bool
  sample: true
machine_id:
  description: Id of the instance's record in Octopus, the first of several.
  returned: when O(for_registration=true), and there is one
  type: str
  sample: Machines-12
machine_ids:
  description: Ids of all records of the instance.
  returned: when O(for_registration=true), and there is one
  type: list
  elements: str
  sample: [Machines-12, Workers-3]
servers:
  description: All servers that were asked, each as RV(server).
  returned: when a server was asked
  type: list
  elements: dict
  sample: [{"url": "https://octopus.example.com", "version": "2026.3.15581", "space": "Default", "thumbprint": "2B1A4F0F..."}]
server:
  description: The server that was asked, the first of several.
  returned: when a server was asked
  type: dict
  contains:
    url:
      description: Its URL, as it is used.
      type: str
      returned: always
      sample: https://octopus.example.com
    version:
      description: Its version.
      type: str
      returned: always
      sample: 2026.3.15581
    space:
      description: Name of the space.
      type: str
      returned: always
      sample: Default
    thumbprint:
      description: Thumbprint of the server's own certificate, which Tentacles trust.
      type: str
      returned: always
      sample: 2B1A4F0F3E7C0D9A5B6E8C1D2F3A4B5C6D7E8F90
pending:
  description: Whether the installer runs in the background, and a second task has to finish.
  returned: always
  type: bool
  sample: false
installation:
  description: What the second task of the same run needs as O(installation).
  returned: when RV(pending=true)
  type: dict
  sample: {"instance": "Tentacle"}
installing:
  description: Version that is being installed.
  returned: when RV(pending=true)
  type: str
  sample: 9.2.4285
reboot_required:
  description: Whether the installer asks for a reboot (exit code 3010). Nothing is rebooted.
  returned: always
  type: bool
  sample: false
commands:
  description: Every command that ran on the host, without secrets.
  returned: always
  type: list
  elements: dict
  contains:
    command:
      description: The command line.
      type: str
      returned: always
      sample: Tentacle configure --instance Tentacle --port 10933
    rc:
      description: Exit code; null when it did not run.
      type: int
      returned: always
      sample: 0
    stdout:
      description: Standard output.
      type: str
      returned: always
      sample: "Services listen port: 10933"
    stderr:
      description: Standard error.
      type: str
      returned: always
      sample: ""
    seconds:
      description: How long it took.
      type: float
      returned: always
      sample: 1.2
changes:
  description: What changed, or would change.
  returned: always
  type: list
  elements: dict
  contains:
    path:
      description: The setting.
      type: str
      returned: always
      sample: port
    before:
      description: What it was; null when it did not exist.
      type: raw
      returned: always
      sample: null
    after:
      description: What it is now; null when it is gone.
      type: raw
      returned: always
      sample: 10933
"""

# The code is the action plugin of the same name: it runs on the controller.
