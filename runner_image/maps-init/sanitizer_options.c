/* SPDX-License-Identifier: Apache-2.0 */
/* Only in sanitizer builds: the leak check at exit needs ptrace(2), which maps-init has
 * denied itself by then. */
const char *__asan_default_options(void) __attribute__((visibility("default")));

const char *__asan_default_options(void)
{
    return "detect_leaks=0";
}
