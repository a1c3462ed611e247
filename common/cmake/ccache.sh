#!/bin/sh
# ccache.sh CCACHE SOURCE_DIR COMPILER ARG...: the compiler's launcher.
#
# A precompiled header is made with its own plain header included, and GCC takes an old precompiled one that lies beside
# it for that header: ccache would then find, and keep, the old text under the new name.  So the old one goes first.
#
# The sloppiness is what ccache's manual asks for with precompiled headers.  Paths below the source folder count as
# relative, so that several build folders share what they compile.
ccache=$1
export CCACHE_BASEDIR="$2" CCACHE_NOHASHDIR=1 CCACHE_SLOPPINESS=pch_defines,time_macros
shift 2
previous=
for word; do
    case $previous$word in
    -o*.gch) rm -f "$word" ;;
    esac
    previous=$word
done
exec "$ccache" "$@"
