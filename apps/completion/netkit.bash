# bash completion for @PROGRAM@, made from its --help.

# Names of the listeners in a config, read as text: what a config names is not run for a completion.
__netkit_listeners_of() {
    [[ -f ${1/#\~/$HOME} ]] || return 0
    grep -oE '"name"[[:space:]]*:[[:space:]]*"[^"]*"|^\[listener\.[^]]*' "${1/#\~/$HOME}" |
        sed -E 's/^\[listener\.//; s/.*"([^"]*)"$/\1/'
}

# The value of an option on the line so far.
__netkit_value_of() {
    local i
    for ((i = 1; i < cword; i++)); do
        case ${words[i]} in
            "$1") printf '%s\n' "${words[i + 1]}" && return ;;
            "$1"=*) printf '%s\n' "${words[i]#*=}" && return ;;
        esac
    done
}

# What the server says that netkit-ctl would ask: the values of a member of all objects in the list.
__netkit_ask() {
    local option value where=()
    for option in --config --admin --token-file; do
        value=$(__netkit_value_of "$option")
        [[ $value ]] && where+=("$option" "${value/#\~/$HOME}")
    done
    timeout 5 netkit-ctl "${where[@]}" --json "$1" 2>/dev/null | grep -oE "\"$2\" ?: ?\"?[^\",}]*" | sed 's/.*[:"] *//'
}

__netkit_listeners() {
    local config
    config=$(__netkit_value_of --config)
    [[ ${words[0]##*/} == netkit-ctl ]] && __netkit_ask listeners listener | grep . && return
    [[ $config ]] && __netkit_listeners_of "$config"
}

# Words that may stand for the current one. Readline replaces only what comes after the last = or : of it.
__netkit_words() {
    local word known=${cur%"${cur##*[=:]}"}
    while IFS= read -r word; do
        [[ $word == "$cur"* ]] || continue
        [[ $word == *= || $word == *, ]] && compopt -o nospace
        COMPREPLY+=("${word#"$known"}")
    done < <(printf '%s\n' "$@" | sort -u)
}

# TYPE[,OPTION=VALUE...]
__netkit_framing() {
    local type=${cur%%,*} before=${cur%,*} folder name setting
    local -a framings=(@FRAMINGS@)
    if [[ $cur != *,* ]]; then
        folder=$(__netkit_value_of --plugin-path)
        for name in "${folder/#\~/$HOME}"/*.so; do
            [[ $folder && -f $name ]] && name=${name##*/} && framings+=("${name%.so}")
        done
        __netkit_words "${framings[@]}"
        return
    fi
    local -a settings=()
    case $type in
@FRAMING_SETTINGS@
    esac
    for setting in "${settings[@]}"; do
        [[ ,$before, == *,"${setting%%=*}"=* ]] || __netkit_words "$before,$setting"
    done
}

__netkit_value() {
    case $1 in
        config) _filedir '@(json|ini)' ;;
        file) _filedir ;;
        folder) _filedir -d ;;
        plugin) _filedir so ;;
        tested) _filedir '@(so|lua)' ;;
        listener) __netkit_words $(__netkit_listeners) ;;
        session) __netkit_words $(__netkit_ask sessions id) ;;
        process) _pids ;;
        target) [[ " ${words[*]} " != *" --unix "* ]] || _filedir ;;
        framing) __netkit_framing ;;
        setting) __netkit_words @SETTINGS@ ;;
        *) __netkit_words "$@" ;;
    esac
}

_@FUNCTION@() {
    local cur prev words cword split command= word
    _init_completion -s -n : || return
    for word in "${words[@]:1:cword-1}"; do
        case $word in @COMMANDS@) command=$word && break ;; esac
    done
    case $command:$prev in
@VALUES@
    esac
    $split && return
    if [[ $cur == -* ]]; then
        local -a options=(@OPTIONS@)
        case $command in
@COMMAND_OPTIONS@
        esac
        __netkit_words "${options[@]}"
        return
    fi
    case $command in
@ARGUMENTS@
    esac
} && complete -F _@FUNCTION@ @PROGRAM@
