#!/bin/sh
# with-secrets.sh PROGRAM ARGUMENT...: each argument @FILE becomes what that file holds, then the program takes the place of this shell.
for argument; do
    shift
    case $argument in
    @*) argument=$(cat "${argument#@}") || exit 1 ;;
    esac
    set -- "$@" "$argument"
done
exec "$@"
