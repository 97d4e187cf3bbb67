# fish completion for @PROGRAM@, made from its --help.

# Names of the listeners in a config, read as text: what a config names is not run for a completion.
function __netkit_listeners_of
    test -f "$argv[1]"; or return 0
    grep -oE '"name"[[:space:]]*:[[:space:]]*"[^"]*"|^\[listener\.[^]]*' $argv[1] |
        sed -E 's/^\[listener\.//; s/.*"([^"]*)"$/\1/'
end

# The value of an option on the line so far.
function __netkit_value_of
    set -l words (commandline -opc)
    for i in (seq 2 (count $words))
        if test "$words[$i]" = "$argv[1]"; and set -q words[(math $i + 1)]
            string replace -r '^~' $HOME -- $words[(math $i + 1)]
            return
        else if string match -q -- "$argv[1]=*" $words[$i]
            string replace -r '^[^=]*=' '' -- $words[$i] | string replace -r '^~' $HOME
            return
        end
    end
end

# What the server says that netkit-ctl would ask: the values of a member of all objects in the list.
function __netkit_ask
    set -l where
    for option in --config --admin --token-file
        set -l value (__netkit_value_of $option)
        test -n "$value"; and set -a where $option $value
    end
    timeout 5 netkit-ctl $where --json $argv[1] 2>/dev/null | grep -oE "\"$argv[2]\" ?: ?\"?[^\",}]*" | sed 's/.*[:"] *//'
end

function __netkit_listeners
    set -l names
    string match -q -- '*netkit-ctl' (commandline -opc)[1]; and set names (__netkit_ask listeners listener)
    set -l config (__netkit_value_of --config)
    test -z "$names" -a -n "$config"; and set names (__netkit_listeners_of $config)
    printf '%s\n' $names
end

# TYPE[,OPTION=VALUE...]
function __netkit_framing
    set -l spec (commandline -ct | string replace -r '^--[a-z-]+=' '')
    set -l folder (__netkit_value_of --plugin-path)
    if not string match -q '*,*' -- $spec
        printf '%s\n' @FRAMINGS@
        test -n "$folder"; and path basename $folder/*.so | string replace -r '\.so$' ''
        return
    end
    set -l settings
    switch (string split -f 1 , -- $spec)
@FRAMING_SETTINGS@
    end
    printf '%s\n' (string replace -r '[^,]*$' '' -- $spec)$settings
end

complete -c @PROGRAM@ -f
@OPTIONS@
