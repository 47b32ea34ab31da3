#!/bin/sh
# Runs bench/unroll in odd surroundings. Each run must work, or fail in one clear line; one line here says which is wrong.
#
#     odd-surroundings.sh           all of it: builds a copy of the sources, and some more; about ten minutes
#     odd-surroundings.sh --quick   a handful of the fastest
#     odd-surroundings.sh cdpath    those that are named
#
# UNROLL_COPY names a copy that is built already, which is changed and moved; UNROLL_SH a shell to run the launcher with,
# such as "bash --posix". Runs that need root, a second user or mounts are skipped, visibly, where there is none.
set -u
unset CDPATH UNROLL_JAVA_HOME UNROLL_OPTS JAVA_TOOL_OPTIONS JDK_JAVA_OPTIONS _JAVA_OPTIONS
here=$(cd "$(dirname "$0")" && pwd -P)
sources=$(cd "$here/../../../.." && pwd -P)
temp=$(mktemp -d "${TMPDIR:-/tmp}/odd-surroundings.XXXXXX") || exit 1
trap 'rm -rf "$temp"' EXIT
trap 'exit 130' INT TERM
chmod 755 "$temp"
line_feed='
'
clone=$temp/clone
launcher=$clone/bench/unroll
main=$clone/bench/src/main/java/dev/unroll/bench/cli/Main.java
stamp=$clone/bench/target/unroll.stamp
lock=$clone/bench/target/unroll-build.lock
patience=
if command -v timeout >/dev/null; then
    patience="timeout -k 5 3600" # the machine may have other work
fi

# ---- What a run may say

# Sets code, and writes out and err, of a start; the virtual machine's own lines are taken out of err.
start() {
    # shellcheck disable=SC2086 # they are words
    $patience ${UNROLL_SH:-} "$launcher" "$@" >"$temp/out" 2>"$temp/err.all"
    code=$?
    LC_ALL=C sed '/^WARNING: Using incubator modules/d; /^Picked up /d; /^NOTE: Picked up /d' "$temp/err.all" >"$temp/err"
}

wrong() {
    echo "$*; code $code; out: $(head -c 300 "$temp/out" | tr '\n' ' '); err: $(head -c 600 "$temp/err" | tr '\n' ' ')"
    exit 1
}

# It works, prints what is expected, and neither builds nor says anything else.
works() {
    pattern=$1
    shift
    start "$@"
    [ $code -eq 0 ] || wrong "should work"
    LC_ALL=C grep -q -e "$pattern" "$temp/out" || wrong "should print $pattern"
    [ ! -s "$temp/err" ] || wrong "should print no other line"
}

# It works after one build.
builds() {
    start "$@"
    [ $code -eq 0 ] || wrong "should build and work"
    [ "$(grep -c '^unroll: building' "$temp/err")" = 1 ] || wrong "should build once"
    ! grep -q -v '^unroll: ' "$temp/err" || wrong "should print no other line"
}

# It fails in one line that says so.
refused() {
    pattern=$1
    shift
    start "$@"
    [ $code -ne 0 ] && [ $code -lt 124 ] || wrong "should fail"
    LC_ALL=C grep -q -e "$pattern" "$temp/err" || wrong "should say $pattern"
    [ "$(LC_ALL=C grep -c '' "$temp/err")" = 1 ] || wrong "should say it in one line"
}

skip() {
    echo "skipped: $*"
    exit 77
}

needs() {
    for tool in "$@"; do
        command -v "$tool" >/dev/null || skip "no $tool here"
    done
}

# ---- Surroundings

# Does something when the run has ended; the latest first.
undo="PATH=\$all_commands"
all_commands=$PATH
later() {
    undo="PATH=\$all_commands; $1; ${undo#*; }"
    # shellcheck disable=SC2064 # as it is now
    trap "$undo" EXIT
}

# The sources are moved to a folder with such a name, and back when the run has ended.
named() {
    odd=$temp/odd/$1
    mkdir "$temp/odd"
    mv "$clone" "$odd" || exit 1
    later 'mv "$odd" "$clone"; rm -rf "$temp/odd"'
    launcher=$odd/bench/unroll
}

# Another user, who may read.
another() {
    [ "$(id -u)" = 0 ] || skip "needs root"
    needs setpriv
    patience="$patience env -u HOME setpriv --reuid $1 --regid $1 --clear-groups"
}

# A PATH with these commands and those that the launcher and Maven need.
path_of() {
    mkdir "$temp/bin"
    later 'rm -rf "$temp/bin"'
    for tool in basename bash cat cksum cut dirname env expr find grep head id ln locale ls mkdir mv ps readlink rm sed setpriv \
        sh sleep sort timeout tr uname "$@"; do
        ! command -v "$tool" >/dev/null || ln -s "$(command -v "$tool")" "$temp/bin/$tool"
    done
    PATH=$temp/bin
    export PATH
}

# A short training works, which says on err how far it has come.
train() {
    start train --hidden 4 --layers 1 --batch 2 --steps 5 --epochs 1 "$@"
    [ $code -eq 0 ] || wrong "should work"
    LC_ALL=C grep -q '^last epoch: perplexity [0-9]' "$temp/out" || wrong "should print a perplexity"
    [ "$(LC_ALL=C grep -v -c -e '^training ' -e '^epoch ' "$temp/err")" = 0 ] || wrong "should print no other line"
}

# What is built is of other sources than these, until the run has ended.
outdated() {
    cp -p "$main" "$temp/main"
    cp -p "$stamp" "$temp/stamp"
    later 'cp -p "$temp/main" "$main"; cp -p "$temp/stamp" "$stamp"'
    echo "// changed" >>"$main"
}

# ---- Names

case_path_with_a_space() { named 'two words' && works Java --version; }
case_path_with_a_colon() { named 'a:b' && works Java --version; }
case_path_with_a_colon_and_forks() {
    named 'a:b'
    start jmh --quick --type f32 ReductionBenchmark
    grep -q 'ns/element' "$temp/out" || wrong "should measure in virtual machines of its own"
}
case_path_with_a_line_feed() { named "two${line_feed}lines" && works Java --version; }
case_path_that_ends_in_a_line_feed() { named "line$line_feed" && works Java --version; }
case_path_with_quotes() { named "it's a \"clone\"" && works Java --version; }
# shellcheck disable=SC2016 # as it stands
case_path_with_a_dollar() { named '${project.version} $HOME `id`' && works Java --version; }
case_path_with_a_backslash() { named 'a\nb\' && works Java --version; }
case_path_with_stars() { named '*?[a]{b}' && works Java --version; }
case_path_with_signs_of_the_shell() { named ';&|<>()#~!^' && works Java --version; }
case_path_with_signs_of_addresses() { named '%20#!?@,=+' && works Java --version; }
case_path_with_a_tab() { named "$(printf 'a\tb')" && works Java --version; }
case_path_with_umlauts() { named 'Büro' && works Java --version; }
case_path_with_umlauts_and_no_locale() {
    named 'Büro: 日本'
    LC_ALL=C && export LC_ALL
    works Java --version
}
case_path_that_is_no_utf8() {
    needs iconv
    named "$(printf 'caf\351')" && refused 'is not in UTF-8' --version
}
case_path_with_a_leading_dash() {
    named '-n'
    cd "$temp/odd" || exit 1
    launcher=${UNROLL_SH:+./}-n/bench/unroll
    works Java --version
}
case_path_of_two_thousand_bytes() {
    part=$(printf '%0200d' 0)
    deep=$temp/deep/$part/$part/$part/$part/$part/$part/$part/$part/$part
    mkdir -p "$deep"
    mv "$clone" "$deep/clone"
    later 'mv "$deep/clone" "$clone"'
    launcher=$deep/clone/bench/unroll
    works Java --version
}
case_build_in_a_path_with_everything() {
    # shellcheck disable=SC2016 # as it stands
    named "a:b \"c'd\$e\`f\\g&;(){}[]*?!#%@~+=,<>|^\${project.version}é$line_feed"
    echo "// moved" >>"$odd/bench/src/main/java/dev/unroll/bench/cli/Main.java"
    builds --version
}

# ---- Links

case_link_to_the_launcher() {
    ln -s clone/bench/unroll "$temp/link"
    launcher=$temp/link
    works Java --version
}
case_chain_of_links_over_folders() {
    mkdir -p "$temp/links/a" "$temp/links/b c"
    ln -s ../../clone/bench "$temp/links/a/bench"
    ln -s ../a/bench/unroll "$temp/links/b c/one"
    ln -s "b c/one" "$temp/links/two"
    launcher=$temp/links/two
    works Java --version
}
case_link_with_a_line_feed() {
    ln -s clone "$temp/clone$line_feed"
    ln -s "clone$line_feed/bench/unroll" "$temp/link$line_feed"
    launcher=$temp/link$line_feed
    later 'rm "$temp/clone$line_feed" "$temp/link$line_feed"'
    works Java --version
}
case_link_in_the_path() {
    mkdir "$temp/in-path"
    ln -s "$launcher" "$temp/in-path/unroll"
    launcher=unroll
    [ -z "${UNROLL_SH:-}" ] || launcher=$temp/in-path/unroll
    PATH=$temp/in-path:$PATH
    works Java --version
}
case_target_that_is_a_link() {
    mv "$clone/bench/target" "$temp/elsewhere"
    ln -s ../../elsewhere "$clone/bench/target"
    later 'rm "$clone/bench/target"; mv "$temp/elsewhere" "$clone/bench/target"'
    works Java --version
}
case_copy_of_the_launcher_alone() {
    mkdir -p "$temp/alone/bin"
    cp "$launcher" "$temp/alone/bin/unroll"
    launcher=$temp/alone/bin/unroll
    refused 'has no sources of Unroll' --version
    [ "$(ls "$temp/alone")" = bin ] || wrong "should leave nothing behind"
}
case_started_by_its_name_in_its_folder() {
    cd "$clone/bench" || exit 1
    launcher=unroll
    UNROLL_SH=${UNROLL_SH:-sh}
    works Java --version
}

# ---- Variables

case_cdpath() {
    cd "$temp" || exit 1
    CDPATH=$temp:/ && export CDPATH
    launcher=clone/bench/unroll
    works Java --version
    [ -z "$(find "$temp" -maxdepth 1 -name "*$line_feed*")" ] || wrong "should make no folder"
}
case_locale_c() {
    mkdir "$temp/Büro"
    echo 'the same wörds again, again and again, the same wörds' >"$temp/Büro/tëxt.txt"
    LC_ALL=C && export LC_ALL
    train --data "$temp/Büro/tëxt.txt" --prefix 'wörd' --out "$temp/Büro/mödel"
    grep -q 'wörd|' "$temp/out" || wrong "should print the text"
    works 'wörd' sample --model "$temp/Büro/mödel" --prefix 'wörd' --length 3
}
case_locale_posix() {
    echo 'the same wörds again, again and again' >"$temp/posix.txt"
    LC_ALL=POSIX && export LC_ALL
    train --data "$temp/posix.txt" --prefix 'wörd'
    grep -q 'wörd|' "$temp/out" || wrong "should print the text"
}
case_locale_that_is_not_there() {
    echo 'the same wörds again, again and again' >"$temp/not-there.txt"
    unset LC_ALL LC_CTYPE
    LANG=xx_XX.UTF-8 && export LANG
    train --data "$temp/not-there.txt" --prefix 'wörd'
    grep -q 'wörd|' "$temp/out" || wrong "should print the text"
}
case_turkish_and_arabic() {
    JAVA_TOOL_OPTIONS="-Duser.language=tr" && export JAVA_TOOL_OPTIONS
    train --tokens chars --optimizer sgd --batches random --max-tokens 500
    JAVA_TOOL_OPTIONS="-Duser.language=ar -Duser.country=EG"
    train --max-tokens 500
}
case_no_variables_at_all() {
    UNROLL_SH="env -i PATH=$PATH ${UNROLL_SH:-}"
    works Java --version
}
case_home_unset() {
    unset HOME
    works Java --version
}
case_home_that_is_not_there() {
    HOME=$temp/no/home && export HOME
    works Java --version
}
case_tmpdir_that_is_not_there() {
    TMPDIR=$temp/no/tmp && export TMPDIR
    works Java --version
}
case_path_variable_without_java() {
    path_of
    unset JAVA_HOME
    works Java --version
}
case_path_variable_without_maven_to_build() {
    outdated
    path_of flock
    refused 'install mvn' --version
}
case_path_variable_without_commands() {
    case ${UNROLL_SH:-} in
        "") UNROLL_SH=$(command -v sh) ;;
        *) UNROLL_SH="$(command -v ${UNROLL_SH%% *}) ${UNROLL_SH#* }" ;;
    esac
    patience="$patience env PATH=$temp/no"
    refused 'PATH has no cat; add the system' --version
}
case_java_home_that_is_not_there() {
    JAVA_HOME=$temp/no/jdk && export JAVA_HOME
    works Java --version
}
case_own_java_home_that_is_not_there() {
    UNROLL_JAVA_HOME=$temp/no/jdk && export UNROLL_JAVA_HOME
    refused 'UNROLL_JAVA_HOME must name a JDK' --version
}
collector() { # in a variable
    eval "$1=-XX:+UseParallelGC && export $1"
    works Java --version
}
case_collector_in_unroll_opts() { collector UNROLL_OPTS; }
case_collector_in_java_tool_options() { collector JAVA_TOOL_OPTIONS; }
case_collector_in_jdk_java_options() { collector JDK_JAVA_OPTIONS; }
case_collector_in_a_file_of_options() {
    echo '-XX:+UseG1GC' >"$temp/options"
    UNROLL_OPTS=@$temp/options && export UNROLL_OPTS
    works Java --version
}
case_options_with_a_star() {
    cd "$clone" || exit 1
    UNROLL_OPTS='-Dstar=* -Dquestion=?' && export UNROLL_OPTS
    works Java --version
}
case_simd_that_is_none() {
    UNROLL_OPTS=-Dunroll.simd=abc && export UNROLL_OPTS
    refused 'unroll.simd=abc: expected 512, 256, 128 or off' info
}
case_threads_that_are_no_number() {
    UNROLL_OPTS=-Dunroll.threads=abc && export UNROLL_OPTS
    refused 'unroll.threads=abc: expected a number of threads' info
}
case_memory_that_is_no_size() {
    UNROLL_OPTS=-Dunroll.memory=abc && export UNROLL_OPTS
    refused 'unroll.memory=abc: expected a size' info
}
case_shell_that_overwrites_nothing() {
    needs bash
    UNROLL_SH="env SHELLOPTS=noclobber:noglob bash --posix"
    works Java --version
}
case_field_separators_of_the_caller() {
    UNROLL_SH="env IFS=/ ${UNROLL_SH:-}"
    works Java --version
}

# ---- Descriptors, masks and limits

case_standard_input_closed() {
    start --version <&-
    [ $code -eq 0 ] || wrong "should work"
}
case_standard_output_closed() {
    : >"$temp/out"
    ${UNROLL_SH:-} "$launcher" train --epochs 1 --hidden 4 --max-tokens 500 --batch 2 --out "$temp/closed" >&- 2>"$temp/err"
    code=$?
    [ $code -eq 0 ] && [ -f "$temp/closed/model.safetensors" ] || wrong "should train and save"
}
case_every_descriptor_closed() {
    : >"$temp/out" >"$temp/err"
    ${UNROLL_SH:-} "$launcher" train --epochs 1 --hidden 4 --max-tokens 500 --batch 2 --out "$temp/closed-all" <&- >&- 2>&-
    code=$?
    [ $code -eq 0 ] && [ -f "$temp/closed-all/model.safetensors" ] || wrong "should train and save"
}
case_standard_output_full() {
    [ -e /dev/full ] || skip "no /dev/full here"
    : >"$temp/out"
    ${UNROLL_SH:-} "$launcher" --version >/dev/full 2>"$temp/err.all"
    code=$?
    grep -q 'standard output was closed or is full' "$temp/err.all" && [ $code -eq 1 ] || wrong "should say so"
}
case_umask_that_forbids_all() {
    umask 777
    works Java --version
}
case_few_open_files() {
    ulimit -n 64
    works Java --version
}

# ---- The working directory

case_working_directory_of_the_caller() {
    mkdir "$temp/here: and${line_feed}there"
    cd "$temp/here: and${line_feed}there" || exit 1
    echo 'the same words again, again and again' >text.txt
    named 'a:b'
    train --data text.txt --out model
    [ -f model/model.json ] || wrong "should save where it was started"
}
case_working_directory_that_is_gone() {
    mkdir "$temp/gone"
    cd "$temp/gone" || exit 1
    rmdir "$temp/gone"
    start --version
    grep -v -i 'getcwd' "$temp/err" >"$temp/err.own" # the shell's own line
    [ "$(cat "$temp/err.own")" = "unroll: the working directory is gone or cannot be read; change to another one" ] ||
        wrong "should say so"
}

# ---- Rights

case_another_user_on_a_built_tree() {
    another 65534
    works Java --version
}
case_another_user_without_a_name() {
    another 12345
    works Java --version
}
case_another_user_on_an_outdated_tree() {
    another 65534
    outdated
    refused 'cannot be written by ' --version
}
case_another_user_on_a_tree_of_umask_077() {
    another 65534
    chmod -R go-rwx "$clone/kernels/target"
    later 'chmod -R go+rX "$clone/kernels/target"'
    refused 'cannot be written by ' --version
}
read_only() {
    [ "$(id -u)" = 0 ] || skip "needs root"
    needs unshare mount
    unshare -m true 2>/dev/null || skip "no mounts here"
    # shellcheck disable=SC2016 # for the inner shell
    UNROLL_SH="unshare -m sh $temp/mounted $clone ${UNROLL_SH:-sh}"
    # shellcheck disable=SC2016
    echo 'mount --bind -o ro "$1" "$1" && mount -o remount,bind,ro "$1" || exit 1; shift; exec "$@"' >"$temp/mounted"
}
case_read_only_file_system() {
    read_only
    works Java --version
}
case_read_only_file_system_outdated() {
    read_only
    outdated
    refused 'cannot be written by ' --version
}

# ---- Locks and builds

# Who waits for a lock that nobody holds would be stopped by the time limit; who takes it finds that Maven is missing.
takes_the_lock() {
    patience="timeout 600"
    refused 'install mvn' --version
}
case_lock_file_of_a_process_that_lives() {
    outdated
    echo $$ >"$lock"
    path_of flock
    takes_the_lock
}
case_link_of_a_process_whose_number_lives_again() {
    outdated
    ln -s "$$ 1" "$lock.link"
    path_of
    takes_the_lock
}
case_link_of_a_number_alone() {
    outdated
    ln -s $$ "$lock.link"
    ln -s $$ "$clone/bench/target/unroll.lock"
    later 'rm "$clone/bench/target/unroll.lock"'
    path_of
    takes_the_lock
}
case_link_in_whose_place_is_a_file() {
    outdated
    : >"$lock.link"
    path_of
    patience="timeout 600"
    refused 'cannot make the link' --version
}
case_link_of_a_process_that_died() {
    outdated
    ln -s "999999999 1" "$lock.link"
    path_of
    takes_the_lock
}
case_lock_that_is_held_is_waited_for() {
    needs flock
    outdated
    path_of flock touch
    # shellcheck disable=SC2016 # for the inner shell
    flock "$lock" sh -c 'touch "$1/held"; until [ -e "$1/release" ]; do sleep 1; done' sh "$temp" &
    until [ -e "$temp/held" ]; do sleep 1; done
    : >"$temp/err.all"
    start --version &
    until grep -q 'waiting for the build' "$temp/err.all"; do sleep 1; done
    touch "$temp/release"
    wait
    code=unknown
    LC_ALL=C grep -q 'install mvn' "$temp/err" || wrong "should go on when it is free"
}
case_dates_alone_build_nothing() {
    touch "$main"
    works Java --version
    touch -t 210001010000 "$main"
    works Java --version
    touch -t 200001010000 "$main" "$clone/pom.xml"
    works Java --version
}
case_two_at_once_build_a_source_of_the_future_once() {
    echo '// of the future' >>"$main"
    touch -t 210001010000 "$main"
    ${UNROLL_SH:-} "$launcher" --version >"$temp/two.out" 2>"$temp/two" &
    start --version
    wait $! && [ $code -eq 0 ] && grep -q Java "$temp/two.out" || wrong "both should work"
    [ "$(cat "$temp/err" "$temp/two" | grep -c '^unroll: building')" = 1 ] || wrong "should build once"
    works Java --version
}
case_a_source_of_the_past_is_built_without_flock() {
    sed 's/Entry of the command line/Entry of all commands/' "$main" >"$temp/past"
    cat "$temp/past" >"$main"
    touch -t 200001010000 "$main"
    path_of mvn java
    builds --version
    PATH=/usr/bin:/bin
    works Java --version
}
begin_a_build() { # and leave it when the compiler has come to a module
    rm -rf "$clone/$2/target/classes"
    echo "// $1" >>"$main"
    ${UNROLL_SH:-} "$launcher" --version >"$temp/out" 2>"$temp/err" &
    builder=$!
    until [ "$(cat "$stamp")" = building ] && [ -d "$clone/$2/target/classes" ]; do sleep 1; done
}
case_build_that_is_ended_and_begun_again() {
    begin_a_build ended kernels
    kill -TERM $builder
    wait $builder
    code=$?
    [ $code -eq 143 ] || wrong "should end with code 143"
    builds --version
    works Java --version
}
case_build_that_is_killed_and_begun_again() {
    begin_a_build killed rnn
    kill -KILL $builder
    builds --version
    works Java --version
}
case_source_that_is_broken() {
    outdated
    echo 'class Broken { int x = ; }' >"$clone/bench/src/main/java/Broken.java"
    later 'rm "$clone/bench/src/main/java/Broken.java"'
    start --version
    grep -q 'Broken.java:\[1,24\]' "$temp/err" && grep -q '^unroll: the build failed; all it said is in ' "$temp/err" ||
        wrong "should say where"
    [ $code -eq 1 ] && [ "$(grep -c '' "$temp/err")" = 3 ] || wrong "should say it in one line beside its own two"
}
case_build_without_a_repository() {
    outdated
    MAVEN_OPTS="-Dmaven.repo.local=/dev/null/repository" && export MAVEN_OPTS
    start --version
    [ $code -eq 1 ] && grep -q '^unroll: the build failed; all it said is in .*; it begins: ' "$temp/err" &&
        [ "$(grep -c '' "$temp/err")" = 2 ] || wrong "should say why in one line"
}

# ---- Arguments

case_text_like_an_option() {
    echo 'the --seed, the --seed, the --seed and the @text, the @text' >"$temp/like.txt"
    train --data "$temp/like.txt" --prefix=--seed --prefix @text --prefix=@text
    grep -q -e '--seed|' "$temp/out" && grep -q '@text|' "$temp/out" || wrong "should go on from them"
}
case_paths_with_commas() {
    mkdir "$temp/a,b"
    echo 'the same words again, again and again' >"$temp/a,b/c,d.txt"
    train --data "$temp/a,b/c,d.txt" --data "$temp/a,b/c,d.txt" --valid "$temp/a,b/c,d.txt"
}
case_argument_that_is_no_utf8() { refused 'no such file' train --data "$(printf 'caf\351.txt')"; }

# ---- All of them

quick="path_with_a_colon path_with_a_line_feed path_with_umlauts_and_no_locale chain_of_links_over_folders cdpath collector_in_unroll_opts
    collector_in_java_tool_options link_of_a_process_whose_number_lives_again link_of_a_number_alone
    another_user_on_an_outdated_tree dates_alone_build_nothing standard_output_full copy_of_the_launcher_alone"

if [ -n "${UNROLL_COPY:-}" ]; then
    mv "$UNROLL_COPY" "$clone" || exit 1
    trap 'mv "$clone" "$UNROLL_COPY"; rm -rf "$temp"' EXIT
else
    mkdir "$clone"
    (cd "$sources" && find pom.xml .mvn bench/unroll ./*/pom.xml ./kernels/bom/pom.xml ./*/src/main -type f) |
        (cd "$sources" && tar -cf - -T -) | (cd "$clone" && tar -xf -)
    "$launcher" --version || exit 1
fi
case ${1:---all} in
    --quick) names=$quick ;;
    --all) names=$(sed -n 's/^case_\([a-z0-9_]*\)() .*/\1/p' "$0") ;;
    *) names=$* ;;
esac
runs=0
failed=0
skipped=0
for name in $names; do
    runs=$((runs + 1))
    said=$("case_$name" 2>&1)
    case $? in
        0) said=ok ;;
        77) skipped=$((skipped + 1)) ;;
        *)
            failed=$((failed + 1))
            said="FAILED: $said"
            ;;
    esac
    printf '%-52s %s\n' "$(echo "$name" | tr _ ' ')" "$said"
    rm -rf "$lock.link"
done
echo "$runs runs, $failed failed, $skipped skipped"
[ $failed -eq 0 ]
