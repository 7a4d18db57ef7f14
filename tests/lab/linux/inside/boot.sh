# Boots one machine on a fresh disk: a tmpfs over the image. Runs in a mount namespace of its own, so that the disk is gone with it.
set -eu
# What the caller keeps from others, the machine's own users have to reach.
umask 022
disk=$1 tree=$2 machine=$3 hostname=$4 bridge=$5 key=$6
shift 6
for group; do
    echo $$ >"$group/cgroup.procs"
done
mkdir -p "$disk"
mount -t tmpfs -o mode=0755 octolab "$disk"
mkdir "$disk/upper" "$disk/work" "$disk/merged"
mount -t overlay -o "lowerdir=$tree,upperdir=$disk/upper,workdir=$disk/work" octolab "$disk/merged"
echo "$key" >"$disk/merged/etc/ssh/octolab_keys"
printf '127.0.0.1 localhost\n127.0.1.1 %s\n' "$hostname" >"$disk/merged/etc/hosts"
# /tmp is on the disk, as it is on Debian.
export SYSTEMD_NSPAWN_LOCK=0 SYSTEMD_NSPAWN_TMPFS_TMP=0
exec systemd-nspawn --quiet --register=no --keep-unit --boot --settings=no --link-journal=no --resolv-conf=off --timezone=off \
    --machine="$machine" --hostname="$hostname" --directory="$disk/merged" --network-bridge="$bridge" --console=pipe
