# The life of a cluster whose director uses the IPVS of the machine that this runs on, by the built
# program alone. Ends with 0 when each step did what it should; with -x the last line says where not.
set -ex
folder=$(mktemp -d)
cat >"$folder/inventory.ini" <<'END'
[director]
director ansible_host=192.168.139.3
[realserver]
rs1 ansible_host=192.168.139.2 weight=1
rs2 ansible_host=192.168.139.4 weight=2
rs3 ansible_host=192.168.139.5 weight=3
[all:vars]
vip=192.168.139.6
step_seconds=1
END
lab() { node dist/main.js lab "$@"; }
play() { lab run -- dr-play site.yml -i "$folder/inventory.yml"; }
table() { lab exec director -- ipvsadm -S -n | sort; }
pages() {
  lab client -- sh -c 'for i in $(seq 12); do curl -sS -m 5 http://192.168.139.6/; done' |
    grep -o 'www.RS..com' | sort | uniq -c | tr -s ' \n' ' '
}

# `auto` finds the module, says that it loads it, and takes it.
[ ! -e /proc/net/ip_vs ]
lab up -i "$folder/inventory.ini" 2>"$folder/up" || { cat "$folder/up"; exit 1; }
grep 'loading the module ip_vs' "$folder/up"
[ "$(lab exec director -- uname -r)" = "$(uname -r)" ]
[ -z "$(cat /proc/net/ip_vs | tail -n +4)" ]

# A first run builds the cluster, a second one has nothing to do.
sed '/^        rs3: {}$/d' /run/dr-play-lab/lab/inventory.yml >"$folder/inventory.yml"
play
play | grep 'everything in state on 3 hosts'
[ "$(pages)" = ' 4 www.RS1.com 8 www.RS2.com ' ]

# A real server joins under load: the load's exit code is 0 when no request failed.
cp /run/dr-play-lab/lab/inventory.yml "$folder/inventory.yml"
lab load --rate 20 --keepalive 2 --seconds 60 >"$folder/load" &
load=$!
play
wait $load
cat "$folder/load"
table >"$folder/table"
[ "$(grep -c -- '-g -w' "$folder/table")" = 3 ]

# A reboot of the director keeps what was saved, and loses what was not.
lab exec director -- ipvsadm -e -t 192.168.139.6:80 -r 192.168.139.2:80 -g -w 9
lab exec director -- ipvsadm -A -t 192.168.139.3:8080
lab exec director -- touch /run/before
lab exec director -- reboot || :
for i in $(seq 60); do
  if lab status && lab exec director -- test ! -e /run/before; then break; fi
  sleep 1
done
table | diff "$folder/table" -
play | grep 'everything in state on 4 hosts'
[ "$(pages)" = ' 2 www.RS1.com 4 www.RS2.com 6 www.RS3.com ' ]
lab down
