/* SPDX-License-Identifier: Apache-2.0 */
#include "failing_allocations.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_reallocarray(void *old, size_t count, size_t size);
char *__real_strdup(const char *text);
char *__real_strndup(const char *text, size_t length);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_reallocarray(void *old, size_t count, size_t size);
char *__wrap_strdup(const char *text);
char *__wrap_strndup(const char *text, size_t length);

enum { NEVER = -1, HAS_FAILED = -2 };
static _Atomic long countdown = NEVER;

void fail_allocation_after(long count)
{
    atomic_store(&countdown, count);
}

bool stop_failing_allocations(void)
{
    return atomic_exchange(&countdown, NEVER) == HAS_FAILED;
}

static bool fails_now(void)
{
    long left = atomic_load(&countdown);

    while (left >= 0 &&
           !atomic_compare_exchange_weak(&countdown, &left, left == 0 ? HAS_FAILED : left - 1))
        ;
    return left == 0;
}

void *__wrap_malloc(size_t size)
{
    return fails_now() ? NULL : __real_malloc(size);
}

void *failing_malloc(size_t size)
{
    return __wrap_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size)
{
    return fails_now() ? NULL : __real_calloc(count, size);
}

void *__wrap_reallocarray(void *old, size_t count, size_t size)
{
    return fails_now() ? NULL : __real_reallocarray(old, count, size);
}

char *__wrap_strdup(const char *text)
{
    return fails_now() ? NULL : __real_strdup(text);
}

char *__wrap_strndup(const char *text, size_t length)
{
    return fails_now() ? NULL : __real_strndup(text, length);
}
