/* SPDX-License-Identifier: Apache-2.0 */
#include "pull_progress.h"

#include "engine.h"

#include <stdio.h>
#include <string.h>

/* More is a mistake; and this leaves room for the sum of all layers, times 100. */
#define LAYER_BYTES_MAX 1e15

static struct pull_layer *layer_of(struct pull_progress *progress, const char *id)
{
    for (size_t i = 0; i < progress->layer_count; i++) {
        if (strcmp(progress->layers[i].id, id) == 0)
            return &progress->layers[i];
    }
    if (progress->layer_count == PULL_LAYERS_MAX || strlen(id) >= sizeof(progress->layers[0].id))
        return NULL;
    struct pull_layer *layer = &progress->layers[progress->layer_count++];

    *layer = (struct pull_layer){ 0 };
    memcpy(layer->id, id, strlen(id) + 1);
    return layer;
}

/* Sizes are the registry's claims; -1 stands for one that it does not tell. */
static uint64_t size_of(const cJSON *step, const char *path)
{
    double size = json_number(step, path);

    return size >= 0 && size <= LAYER_BYTES_MAX ? (uint64_t)size : 0;
}

static void take_layer(struct pull_progress *progress, const cJSON *step)
{
    const char *status = json_text(step, "status");
    struct pull_layer *layer = layer_of(progress, json_text(step, "id"));

    if (layer == NULL)
        return;
    if (strcmp(status, "Downloading") == 0) {
        layer->total = size_of(step, "progressDetail.total");
        layer->have = size_of(step, "progressDetail.current");
        if (layer->have > layer->total)
            layer->have = layer->total;
    } else if (strcmp(status, "Download complete") == 0 || strcmp(status, "Pull complete") == 0) {
        layer->have = layer->total;
    }
}

static void take_line(struct pull_progress *progress)
{
    cJSON *step = cJSON_ParseWithLength(progress->line, progress->line_length);
    const char *error = json_text(step, "error");

    if (error[0] != '\0')
        (void)snprintf(progress->error, sizeof(progress->error), "%s", error);
    else if (json_text(step, "id")[0] != '\0')
        take_layer(progress, step);
    cJSON_Delete(step);
}

void pull_progress_take(struct pull_progress *progress, const void *bytes, size_t length)
{
    const char *text = bytes;

    for (size_t i = 0; i < length; i++) {
        if (text[i] == '\n') {
            if (progress->line_length < PULL_LINE_MAX)
                take_line(progress);
            progress->line_length = 0;
        } else if (progress->line_length < PULL_LINE_MAX) {
            progress->line[progress->line_length++] = text[i];
        }
    }
}

int pull_progress_percent(const struct pull_progress *progress)
{
    uint64_t have = 0, total = 0;

    for (size_t i = 0; i < progress->layer_count; i++) {
        have += progress->layers[i].have;
        total += progress->layers[i].total;
    }
    return total == 0 ? 0 : (int)(have * 100 / total);
}
