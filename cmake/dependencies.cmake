# SPDX-License-Identifier: Apache-2.0
# Libraries from the system, found by pkg-config.
find_package(Threads REQUIRED)
find_package(PkgConfig REQUIRED)
pkg_check_modules(MICROHTTPD REQUIRED IMPORTED_TARGET libmicrohttpd>=0.9.75)
pkg_check_modules(CONFIG REQUIRED IMPORTED_TARGET libconfig)
pkg_check_modules(CJSON REQUIRED IMPORTED_TARGET libcjson)
# SHA-256 and base64; comes with GnuTLS, on which libmicrohttpd stands.
pkg_check_modules(NETTLE REQUIRED IMPORTED_TARGET nettle)
# From 7.84 its initialisation is thread-safe; from 7.85 protocols are named in a text.
pkg_check_modules(CURL REQUIRED IMPORTED_TARGET libcurl>=7.85)
pkg_check_modules(ARCHIVE REQUIRED IMPORTED_TARGET libarchive)
pkg_check_modules(SQLITE REQUIRED IMPORTED_TARGET sqlite3)
pkg_check_modules(ELF REQUIRED IMPORTED_TARGET libelf)
pkg_check_modules(SECCOMP REQUIRED IMPORTED_TARGET libseccomp)
# sd_notify: readiness and watchdog under systemd; does nothing elsewhere.
pkg_check_modules(SYSTEMD REQUIRED IMPORTED_TARGET libsystemd)
if(MAPS_TESTS)
  pkg_check_modules(CMOCKA REQUIRED IMPORTED_TARGET cmocka)
endif()
