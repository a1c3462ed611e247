// `shopwire tail`: records of topics as lines, as they are and as they come.  One thread.
#pragma once

#include <ostream>
#include <string>
#include <vector>

#include "services/cli/reach.h"
#include "services/cli/record_view.h"
#include "services/cli/topic_scan.h"

namespace shopwire::cli {

struct TailOptions {
    ReachOptions reach{};
    std::vector<std::string> what{};  // TOPIC, ENTITY, or the parts of a topic's name: commands SYSTEM
    RecordFilter filter{};
    std::string since = "1h";
    std::size_t limit = 1'000;
    bool follow = false;
    bool personal = false;
};

// What the words of the command line mean among the topics that exist; kRejected: nothing.
Result<std::vector<std::string>> topics_named(const std::vector<std::string>& words,
                                              const std::map<std::string, std::int32_t>& topics);

Status tail(const TailOptions& options, std::ostream& out);

void add_tail_command(CLI::App& app, int& exit_code);

}  // namespace shopwire::cli
