/* SPDX-License-Identifier: Apache-2.0 */
/* How options and commands look in each form of manual.  Private to this room. */
#ifndef MAPS_HOST_MANUAL_FORMS_H
#define MAPS_HOST_MANUAL_FORMS_H

#include "config/describe.h"

#include <stdbool.h>
#include <stdio.h>

/* ---- markdown.c ---- */
/* Text inside a cell of a table, so that it shows as it is. */
void markdown_print_text(const char *text, FILE *out);
void markdown_print_table_head(FILE *out);
void markdown_print_option(const struct option_text *option, FILE *out);

/* ---- mdoc_text.c ---- */
/* Text within a line of its own or as part of a macro's argument: no character means more than
 * itself.  Does not look at the line's beginning. */
void mdoc_print_escaped(const char *text, size_t length, FILE *out);
/* A whole argument of a macro, in quotes. */
void mdoc_print_argument(const char *text, FILE *out);
/* Sentences: lines of their own, none too long, none taken for a macro. */
void mdoc_print_prose(const char *text, FILE *out);

/* ---- mdoc_options.c ---- */
void mdoc_print_list_head(FILE *out);
void mdoc_print_list_end(FILE *out);
void mdoc_print_option(const struct option_text *option, FILE *out);

/* ---- mdoc_command_line.c ---- */
/* "common", "actions" or "commands".  False: there is no such part. */
bool mdoc_print_command_line(const char *part, FILE *out);

#endif
