// `shopwire deadletters list|show|replay`: records that were set aside with their bytes.  One thread.
#pragma once

#include <cstdint>
#include <ostream>
#include <string>

#include "services/cli/reach.h"
#include "services/cli/record_view.h"

namespace shopwire::cli {

struct DeadLettersOptions {
    ReachOptions reach{};
    RecordFilter filter{};
    std::string stage{};
    std::string since = "14d";
    std::size_t limit = 100;
    std::vector<std::string> ids{};
    bool personal = false;
    bool force = false;
};

// "PARTITION:OFFSET", as the list names them.
struct LetterId {
    std::int32_t partition = 0;
    std::int64_t offset = 0;
};
Result<LetterId> parse_letter_id(std::string_view text);

// The record as it was: topic, partition, key, bytes, headers, and one header more that says it comes again on purpose.
// kRejected: it never was a record of a topic that is read; or, without `force`, it is one of those by which the router
// tells itself things, where an old one would undo a newer one.
Result<kafka::Record> replay_of(const internal::v1::DeadLetter& letter, std::string_view id, bool force = false);

Status list_dead_letters(const DeadLettersOptions& options, std::ostream& out);
Status show_dead_letters(const DeadLettersOptions& options, std::ostream& out);
Status replay_dead_letters(const DeadLettersOptions& options, std::ostream& out);

void add_dead_letters_command(CLI::App& app, int& exit_code);

}  // namespace shopwire::cli
