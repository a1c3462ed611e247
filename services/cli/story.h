// What happened to one order or article, step by step, and the answer to the question that a person has.  Values; pure
// functions.
#pragma once

#include <cstdint>
#include <map>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

#include "common/kafka/record.h"
#include "services/cli/message_json.h"

namespace shopwire::cli {

struct Hop {
    std::int64_t at_ms = 0;
    std::string step{};     // seen, asked, answered, stock, waits, set aside
    std::string at{};       // connection, or what it concerns
    std::string what{};
    std::string outcome{};
    std::uint64_t sequence = 0;
    std::string place{};    // of the record
    std::string id{};       // of the event or command
    std::string trace{};    // W3C trace context
};

struct Story {
    std::string title{};
    std::vector<Hop> hops{};         // by time
    std::vector<std::string> facts{};  // what is stored about it now
    std::string answer{};
    bool found = false;
};

// With place, id and trace of the record.
Hop hop_of(const kafka::Record& record, std::int64_t at_ms, std::string step, std::string at);
// A hop of a command, of a result, of what was set aside or waits; `what` of a result is the system's answer.
Hop hop_of(const kafka::Record& record, const events::Command& command, Personal personal);
Hop hop_of(const kafka::Record& record, const events::CommandResult& result, Personal personal);
Hop hop_of(const kafka::Record& record, const internal::v1::DeadLetter& letter, Personal personal);
Hop hop_of(const kafka::Record& record, const internal::v1::Parked& parked, Personal personal);

void sort_by_time(Story& story);

// The records that matter.  Of compacted topics only the newest of each key, and none that was removed.
class Findings {
 public:
    void add(const kafka::Record& record);
    void forget(const kafka::Record& tombstone);
    std::vector<kafka::Record> all() const;

 private:
    std::vector<kafka::Record> passing_{};
    std::map<std::pair<std::string, std::string>, kafka::Record> stored_{};  // by topic and key
};

std::string free_text(const std::string& text, Personal personal);  // masked as in message_json.h

void print(const Story& story, std::ostream& out);
void print_json(const Story& story, std::ostream& out);

}  // namespace shopwire::cli
