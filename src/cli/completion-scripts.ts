/**
 * The scripts that teach a shell to ask `datacline __complete -- WORDS…`, where the last word is the
 * one being typed.
 */
export const COMPLETION_SCRIPTS: Readonly<Record<string, string>> = {
  bash: `# datacline completion for bash: source <(datacline completion bash)
_datacline() {
  local line=\${COMP_LINE:0:COMP_POINT} current='' prefix='' word files='' found
  local -a words=()
  read -ra words <<<"$line"
  if [[ $line == *[[:space:]] ]]; then words+=(''); fi
  current=\${words[\${#words[@]}-1]}
  COMPREPLY=()
  found=$("\${words[0]}" __complete -- "\${words[@]:1}" 2>/dev/null </dev/null) || return 0
  # Readline takes = and : for ends of words: what stands before them is there already.
  if [[ $current == *[=:]* ]]; then prefix=\${current%"\${current##*[=:]}"}; fi
  while IFS=$'\\t' read -r word _; do
    case $word in
      :files) files=yes ;;
      :end) ;;
      *) COMPREPLY+=("\${word#"$prefix"}") ;;
    esac
  done <<<"$found"
  if [[ -n $files ]]; then
    compopt -o filenames
    while IFS= read -r word; do COMPREPLY+=("$word"); done < <(compgen -f -- "$current")
  fi
  if [[ \${#COMPREPLY[@]} -eq 1 && \${COMPREPLY[0]} == *= ]]; then compopt -o nospace; fi
}
complete -F _datacline datacline
`,
  zsh: `#compdef datacline
# datacline completion for zsh: source <(datacline completion zsh)
_datacline() {
  local word rest files=''
  local -a shown open
  while IFS=$'\\t' read -r word rest; do
    case $word in
      :files) files=yes ;;
      :end) ;;
      *=) open+=("\${word//:/\\\\:}:$rest") ;;
      *) shown+=("\${word//:/\\\\:}:$rest") ;;
    esac
  done < <("\${words[1]}" __complete -- "\${(@)words[2,CURRENT]}" 2>/dev/null </dev/null)
  (( \${#shown} )) && _describe datacline shown
  (( \${#open} )) && _describe datacline open -S ''
  [[ -n $files ]] && _files
  return 0
}
if [[ \${funcstack[1]-} == _datacline ]]; then _datacline "$@"; else compdef _datacline datacline; fi
`,
  fish: `# datacline completion for fish: datacline completion fish | source
function __datacline_complete
    set -l words (commandline -opc) (commandline -ct)
    set -l found ($words[1] __complete -- $words[2..] 2>/dev/null </dev/null)
    for line in $found
        switch $line
            case ':files'
                __fish_complete_path (commandline -ct)
            case ':end'
            case '*'
                echo $line
        end
    end
end
complete -c datacline -f -a '(__datacline_complete)'
`,
}
