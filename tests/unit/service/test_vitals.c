/* SPDX-License-Identifier: Apache-2.0 */
#include "service/vitals.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

enum { PATIENCE_MS = 1000 };

struct room {
    bool can_be_asked, answers;
    int asked;
};

static bool ask(void *context)
{
    struct room *room = context;

    if (room->can_be_asked)
        room->asked++;
    return room->can_be_asked;
}

static bool answered(void *context)
{
    return ((const struct room *)context)->answers;
}

struct house {
    struct room rooms[2];
    struct vital vitals[2];
};

static void move_in(struct house *house)
{
    *house = (struct house){ .rooms = { { true, true, 0 }, { true, true, 0 } } };
    for (int i = 0; i < 2; i++)
        house->vitals[i] = (struct vital){ .name = i == 0 ? "first" : "second",
                                           .ask = ask,
                                           .answered = answered,
                                           .context = &house->rooms[i] };
}

/* The name of the silent room, or "". */
static const char *check(struct house *house, int64_t now_ms, bool *begins)
{
    const struct vital *silent = vitals_check(house->vitals, 2, now_ms, PATIENCE_MS, begins);

    return silent == NULL ? "" : silent->name;
}

static void rooms_that_answer_are_asked_again_and_again(void **state)
{
    struct house house;
    bool begins;

    (void)state;
    move_in(&house);
    for (int i = 0; i < 5; i++)
        assert_string_equal(check(&house, i * 10000, &begins), "");
    assert_int_equal(house.rooms[0].asked, 5);
    assert_int_equal(house.rooms[1].asked, 5);
}

static void a_room_may_take_its_time_but_not_for_ever(void **state)
{
    struct house house;
    bool begins;

    (void)state;
    move_in(&house);
    house.rooms[1].answers = false;
    assert_string_equal(check(&house, 0, &begins), "");
    assert_string_equal(check(&house, PATIENCE_MS, &begins), "");
    assert_string_equal(check(&house, PATIENCE_MS + 1, &begins), "second");
    assert_true(begins);
    assert_string_equal(check(&house, PATIENCE_MS + 500, &begins), "second");
    assert_false(begins);
    assert_int_equal(house.rooms[1].asked, 1);
    assert_int_equal(house.rooms[0].asked, 4);
}

static void a_room_that_answers_after_all_is_well_again(void **state)
{
    struct house house;
    bool begins;

    (void)state;
    move_in(&house);
    house.rooms[0].answers = false;
    (void)check(&house, 0, &begins);
    assert_string_equal(check(&house, 2000, &begins), "first");
    house.rooms[0].answers = true;
    assert_string_equal(check(&house, 2500, &begins), "");
    assert_int_equal(house.rooms[0].asked, 2);
    house.rooms[0].answers = false;
    assert_string_equal(check(&house, 3500, &begins), "");
    assert_string_equal(check(&house, 3501, &begins), "first");
    assert_true(begins);
}

static void a_room_that_cannot_be_asked_is_not_accused(void **state)
{
    struct house house;
    bool begins;

    (void)state;
    move_in(&house);
    house.rooms[0] = (struct room){ .can_be_asked = false, .answers = false };
    for (int i = 0; i < 5; i++)
        assert_string_equal(check(&house, i * 10000, &begins), "");
    house.rooms[0].can_be_asked = true;
    assert_string_equal(check(&house, 50000, &begins), "");
    assert_string_equal(check(&house, 51001, &begins), "first");
}

static void the_first_silent_room_is_named_and_the_others_are_asked_too(void **state)
{
    struct house house;
    bool begins;

    (void)state;
    move_in(&house);
    house.rooms[0].answers = house.rooms[1].answers = false;
    (void)check(&house, 0, &begins);
    assert_string_equal(check(&house, 2000, &begins), "first");
    house.rooms[0].answers = true;
    assert_string_equal(check(&house, 2000, &begins), "second");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rooms_that_answer_are_asked_again_and_again),
        cmocka_unit_test(a_room_may_take_its_time_but_not_for_ever),
        cmocka_unit_test(a_room_that_answers_after_all_is_well_again),
        cmocka_unit_test(a_room_that_cannot_be_asked_is_not_accused),
        cmocka_unit_test(the_first_silent_room_is_named_and_the_others_are_asked_too),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
