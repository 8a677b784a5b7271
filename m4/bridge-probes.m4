# SPDX-License-Identifier: GPL-2.0-or-later
#
# The probes of configure.ac. Each one that stops configure says which Debian
# package is missing.

# BRIDGE_SWITCH(NAME, HELP): an --enable-NAME that is off unless asked for.
AC_DEFUN([BRIDGE_SWITCH], [
  AC_ARG_ENABLE([$1], [AS_HELP_STRING([--enable-$1], [$2])], [], [enable_$1=no])
  AS_CASE([$enable_$1], [yes|no], [],
    [AC_MSG_ERROR([--enable-$1 is yes or no, not '$enable_$1'])])
])

# BRIDGE_CC_FLAG(FLAG, VARIABLE, [required]): appends FLAG where the compiler takes it.
AC_DEFUN([BRIDGE_CC_FLAG], [
  AS_VAR_PUSHDEF([CACHE], [bridge_cv_cflag_$1])
  AC_CACHE_CHECK([whether $CC takes $1], [CACHE], [
    bridge_save="$CFLAGS"
    CFLAGS="$CFLAGS -Werror $1"
    AC_COMPILE_IFELSE([AC_LANG_PROGRAM([[#include <string.h>]], [[]])],
      [AS_VAR_SET([CACHE], [yes])], [AS_VAR_SET([CACHE], [no])])
    CFLAGS="$bridge_save"])
  AS_VAR_IF([CACHE], [yes], [$2="$$2 $1"],
    [m4_if([$3], [required],
      [AC_MSG_ERROR([$CC does not take $1, which is needed; on Debian: apt-get install gcc])], [:])])
  AS_VAR_POPDEF([CACHE])
])

# BRIDGE_LD_FLAG(FLAG, VARIABLE): appends FLAG where the linker takes it.
AC_DEFUN([BRIDGE_LD_FLAG], [
  AS_VAR_PUSHDEF([CACHE], [bridge_cv_ldflag_$1])
  AC_CACHE_CHECK([whether the linker takes $1], [CACHE], [
    bridge_save="$LDFLAGS"
    LDFLAGS="$LDFLAGS $1"
    AC_LINK_IFELSE([AC_LANG_PROGRAM([[]], [[]])],
      [AS_VAR_SET([CACHE], [yes])], [AS_VAR_SET([CACHE], [no])])
    LDFLAGS="$bridge_save"])
  AS_VAR_IF([CACHE], [yes], [$2="$$2 $1"])
  AS_VAR_POPDEF([CACHE])
])

# BRIDGE_PKG_CONFIG: pkg-config itself, whose macros may be missing at autoreconf time.
AC_DEFUN([BRIDGE_PKG_CONFIG], [
  AC_PATH_TOOL([PKG_CONFIG], [pkg-config])
  AS_IF([test -z "$PKG_CONFIG"],
    [AC_MSG_ERROR([pkg-config is needed; on Debian: apt-get install pkg-config])])
])

# BRIDGE_FIND(VARIABLE, MODULES): sets VARIABLE_CFLAGS, VARIABLE_LIBS and bridge_found.
AC_DEFUN([BRIDGE_FIND], [
  AC_ARG_VAR([$1_CFLAGS], [compiler flags for $2])
  AC_ARG_VAR([$1_LIBS], [linker flags for $2])
  AC_MSG_CHECKING([for $2])
  AS_IF([test -n "$$1_LIBS"], [bridge_found=yes],
    [$PKG_CONFIG --exists "$2"],
    [bridge_found=yes
     $1_CFLAGS=`$PKG_CONFIG --cflags "$2"`
     $1_LIBS=`$PKG_CONFIG --libs "$2"`],
    [bridge_found=no])
  AC_MSG_RESULT([$bridge_found])
])

# BRIDGE_LIBRARY(VARIABLE, MODULES, DEBIAN-PACKAGE): without it configure stops.
AC_DEFUN([BRIDGE_LIBRARY], [
  BRIDGE_FIND([$1], [$2])
  AS_IF([test "$bridge_found" = no],
    [AC_MSG_ERROR([$2 is needed; on Debian: apt-get install $3])])
])

# BRIDGE_LIBRARY_FOR_TESTS(VARIABLE, MODULES, DEBIAN-PACKAGE): without it no unit tests.
AC_DEFUN([BRIDGE_LIBRARY_FOR_TESTS], [
  BRIDGE_FIND([$1], [$2])
  have_check=$bridge_found
  AS_IF([test "$bridge_found" = no],
    [AC_MSG_WARN([no unit tests: $2 is missing; on Debian: apt-get install $3])])
])

# BRIDGE_READLINE: GNU readline, 8.0 or newer (rl_clear_visible_line came with 7.0).
AC_DEFUN([BRIDGE_READLINE], [
  AC_ARG_VAR([READLINE_LIBS], [linker flags for readline])
  bridge_save="$LIBS"
  AS_IF([test -z "$READLINE_LIBS"], [READLINE_LIBS=-lreadline])
  LIBS="$READLINE_LIBS $LIBS"
  AC_MSG_CHECKING([for readline >= 7.0])
  AC_LINK_IFELSE([AC_LANG_PROGRAM(
      [[#include <stdio.h>
        #include <readline/readline.h>
        #include <readline/history.h>]],
      [[rl_clear_visible_line(); add_history("");]])],
    [AC_MSG_RESULT([yes])],
    [AC_MSG_RESULT([no])
     AC_MSG_ERROR([GNU readline is needed; on Debian: apt-get install libreadline-dev])])
  LIBS="$bridge_save"
])

# BRIDGE_PAM: --enable-pam and --with-pamdir. By itself the PAM module is built where libpam is.
AC_DEFUN([BRIDGE_PAM], [
  AC_ARG_ENABLE([pam],
    [AS_HELP_STRING([--enable-pam], [build the PAM module for guests (default: where libpam is)])],
    [], [enable_pam=auto])
  AC_ARG_WITH([pamdir],
    [AS_HELP_STRING([--with-pamdir=DIR], [where PAM looks for modules @<:@LIBDIR/security@:>@])],
    [], [with_pamdir='${libdir}/security'])
  AC_SUBST([pamdir], [$with_pamdir])
  AS_IF([test "x$enable_pam" = xno], [have_pam=no],
    [AC_CHECK_HEADER([security/pam_ext.h], [have_pam=yes], [have_pam=no],
       [#include <security/pam_modules.h>])
     AS_IF([test "$have_pam" = yes], [AC_CHECK_LIB([pam], [pam_start_confdir], [:], [have_pam=no])])])
  AS_IF([test "x$enable_pam:$have_pam" = xyes:no],
    [AC_MSG_ERROR([libpam 1.4 or newer is needed; on Debian: apt-get install libpam0g-dev])])
  AM_CONDITIONAL([HAVE_PAM], [test "x$have_pam" = xyes])
])

# BRIDGE_GUESTS: the architectures of guests whose compiler is here, GUEST_ARCHITECTURES, and those
# whose is missing, with its package.
AC_DEFUN([BRIDGE_GUESTS], [
  AC_SUBST([GUEST_ARCHITECTURES])
  GUEST_ARCHITECTURES=
  missing_guests=
  while read -r bridge_architecture bridge_package bridge_compiler bridge_options; do
    AS_CASE([$bridge_architecture], ["@%:@"*|''], [continue])
    AS_IF([command -v "$bridge_compiler" >/dev/null 2>&1],
      [GUEST_ARCHITECTURES="$GUEST_ARCHITECTURES $bridge_architecture"],
      [missing_guests="$missing_guests $bridge_architecture ($bridge_package)"])
  done <"$srcdir/guest-agent/architectures"
])

AC_DEFUN([BRIDGE_WARNINGS], [
  AC_SUBST([WARN_CFLAGS])
  BRIDGE_CC_FLAG([-Wall], [WARN_CFLAGS])
  BRIDGE_CC_FLAG([-Wextra], [WARN_CFLAGS])
  BRIDGE_CC_FLAG([-Wshadow], [WARN_CFLAGS])
  BRIDGE_CC_FLAG([-Wstrict-prototypes], [WARN_CFLAGS])
  BRIDGE_CC_FLAG([-Wmissing-prototypes], [WARN_CFLAGS])
  BRIDGE_CC_FLAG([-Wvla], [WARN_CFLAGS])
  BRIDGE_CC_FLAG([-Wformat=2], [WARN_CFLAGS])
  BRIDGE_CC_FLAG([-Wundef], [WARN_CFLAGS])
  BRIDGE_CC_FLAG([-Wpointer-arith], [WARN_CFLAGS])
  BRIDGE_CC_FLAG([-Wwrite-strings], [WARN_CFLAGS])
])

# BRIDGE_HARDENING: what the toolchain has of it. _FORTIFY_SOURCE needs -O1 and more,
# and hides faults from the sanitizers, so it stays out where either is not so.
AC_DEFUN([BRIDGE_HARDENING], [
  AC_SUBST([HARDEN_CFLAGS])
  AC_SUBST([HARDEN_LDFLAGS])
  AC_SUBST([PIE_CFLAGS])
  AC_SUBST([PIE_LDFLAGS])
  AS_IF([test "x$enable_hardening" = xyes], [
    BRIDGE_CC_FLAG([-fstack-protector-strong], [HARDEN_CFLAGS])
    BRIDGE_CC_FLAG([-fstack-clash-protection], [HARDEN_CFLAGS])
    BRIDGE_CC_FLAG([-fcf-protection], [HARDEN_CFLAGS])
    BRIDGE_CC_FLAG([-fPIE], [PIE_CFLAGS])
    BRIDGE_LD_FLAG([-pie], [PIE_LDFLAGS])
    BRIDGE_LD_FLAG([-Wl,-z,relro], [HARDEN_LDFLAGS])
    BRIDGE_LD_FLAG([-Wl,-z,now], [HARDEN_LDFLAGS])
    BRIDGE_LD_FLAG([-Wl,-z,noexecstack], [HARDEN_LDFLAGS])
    AS_CASE([" $CFLAGS :$enable_asan$enable_ubsan$enable_coverage"],
      [*" -O0 "*], [], [*:*yes*], [],
      [*" -O"*], [BRIDGE_FORTIFY])
  ])
])

AC_DEFUN([BRIDGE_FORTIFY], [
  AC_CACHE_CHECK([for the highest level of _FORTIFY_SOURCE], [bridge_cv_fortify], [
    bridge_cv_fortify=none
    bridge_save="$CFLAGS"
    for bridge_level in 3 2; do
      AS_IF([test "$bridge_cv_fortify" = none], [
        CFLAGS="$bridge_save -Werror -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=$bridge_level"
        AC_COMPILE_IFELSE([AC_LANG_PROGRAM([[#include <string.h>]], [[]])],
          [bridge_cv_fortify=$bridge_level])])
    done
    CFLAGS="$bridge_save"])
  AS_IF([test "$bridge_cv_fortify" != none],
    [HARDEN_CFLAGS="$HARDEN_CFLAGS -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=$bridge_cv_fortify"])
])

# BRIDGE_SANITIZERS: a missing runtime library shows at the link, so the probe links.
AC_DEFUN([BRIDGE_SANITIZERS], [
  AC_SUBST([SANITIZE_CFLAGS])
  AC_SUBST([COVERAGE_CFLAGS])
  AS_IF([test "x$enable_asan" = xyes],
    [SANITIZE_CFLAGS="$SANITIZE_CFLAGS -fsanitize=address"])
  AS_IF([test "x$enable_ubsan" = xyes],
    [SANITIZE_CFLAGS="$SANITIZE_CFLAGS -fsanitize=undefined -fno-sanitize-recover=undefined"])
  AS_IF([test "x$enable_fuzzing" = xyes],
    [SANITIZE_CFLAGS="$SANITIZE_CFLAGS -fsanitize=fuzzer-no-link"])
  AS_IF([test -n "$SANITIZE_CFLAGS"], [
    SANITIZE_CFLAGS="$SANITIZE_CFLAGS -fno-omit-frame-pointer -g"
    bridge_save="$CFLAGS"
    CFLAGS="$CFLAGS $SANITIZE_CFLAGS"
    AC_MSG_CHECKING([whether $CC links with $SANITIZE_CFLAGS])
    AC_LINK_IFELSE([AC_LANG_PROGRAM([[]], [[]])], [AC_MSG_RESULT([yes])],
      [AC_MSG_RESULT([no])
       AC_MSG_ERROR([the sanitizers' libraries are missing; on Debian they come with gcc (libasan8, libubsan1) or, for clang, apt-get install libclang-rt-14-dev])])
    CFLAGS="$bridge_save"])
  AS_IF([test "x$enable_coverage" = xyes], [COVERAGE_CFLAGS="--coverage -O0"])
])
