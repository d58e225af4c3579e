// SPDX-License-Identifier: Apache-2.0
// Accepted: a plugin written in C++.
#include <cerrno>
#include <maps_runtime.h>
#include <new>

struct maps_instance {
    int runs = 0;
};

namespace
{
const maps_host *host;

int load(const maps_host *services)
{
    host = services;
    return 0;
}

int configure(const maps_config *, maps_instance **instance)
{
    *instance = new (std::nothrow) maps_instance;
    return *instance == nullptr ? -ENOMEM : 0;
}

void release(maps_instance *instance)
{
    delete instance;
}

int probe(maps_instance *, maps_probe *answer)
{
    answer->reachable = 1;
    return 0;
}

int run_script(maps_instance *instance, maps_run *run, const maps_job *)
{
    maps_outcome outcome{};

    instance->runs++;
    outcome.size = sizeof(outcome);
    outcome.reason = MAPS_REASON_EXITED;
    outcome.message = "from C++";
    return host->finish(run, &outcome);
}

int recover(maps_instance *, maps_run *, const maps_job *, const char *)
{
    return MAPS_GONE;
}

int cleanup(maps_instance *, const maps_job *, const char *)
{
    return 0;
}

const maps_option options[] = { { sizeof(maps_option), "answer", MAPS_OPTION_INT, 0, "42", nullptr,
                                  "The answer.", 0, 100 },
                                MAPS_OPTION_END };

maps_runtime_plugin make_plugin()
{
    maps_runtime_plugin made{};

    made.version = "1.0.0";
    made.runner_type = "CxxRunner";
    made.description = "Written in C++";
    made.options = options;
    made.load = load;
    made.configure = configure;
    made.release = release;
    made.probe = probe;
    made.run_script = run_script;
    made.recover = recover;
    made.cleanup = cleanup;
    return made;
}

maps_runtime_plugin plugin = make_plugin();
} // namespace

MAPS_REGISTER_RUNTIME("cxx_example", plugin)
