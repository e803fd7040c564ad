# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# Bash completion of mptcp-bflag

# "compgen -W" would expand its words, and a device may be called $(reboot).
_mptcp_bflag_words()
{
	local word
	for word; do
		[[ $word == "$cur"* ]] || continue
		[[ $word != *[!a-zA-Z0-9.,-]* ]] || printf -v word %q "$word"
		COMPREPLY+=("$word")
	done
}

_mptcp_bflag_options()
{
	case $1 in
	enable) echo '--device --exempt --source --all --hook --load-balancer --helper --versions --flag --save' ;;
	disable) echo '--hook --load-balancer --helper --save' ;;
	sync) echo '--check --watch --load' ;;
	list) echo '--json' ;;
	status) echo '--json --openmetrics' ;;
	esac
}

_mptcp_bflag()
{
	local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]} verb=${COMP_WORDS[1]}
	COMPREPLY=()
	# bash splits "--hook=egress" into three words
	if [ "$cur" = = ]; then
		cur=''
	elif [ "$prev" = = ] && [ "$COMP_CWORD" -gt 2 ]; then
		prev=${COMP_WORDS[COMP_CWORD - 2]}
	fi
	if [ "$COMP_CWORD" = 1 ] || [ "$verb $COMP_CWORD" = 'help 2' ]; then
		_mptcp_bflag_words enable disable sync list status version help
		return
	fi
	# shellcheck disable=SC2046	# these are words
	case $prev in
	--device)
		local devices=(/sys/class/net/*/)
		devices=("${devices[@]%/}")
		_mptcp_bflag_words "${devices[@]##*/}"
		;;
	--hook) _mptcp_bflag_words postrouting egress bridge ;;
	--versions) _mptcp_bflag_words 1 0 0,1 ;;
	--flag) _mptcp_bflag_words 0x20 0x40 ;;
	--load)
		compopt -o filenames 2>/dev/null
		mapfile -t COMPREPLY < <(compgen -f -- "$cur")
		;;
	--exempt | --source) ;;
	*) _mptcp_bflag_words $(_mptcp_bflag_options "$verb") --help ;;
	esac
}
complete -F _mptcp_bflag mptcp-bflag
