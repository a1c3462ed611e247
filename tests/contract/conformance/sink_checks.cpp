#include <google/protobuf/message.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "tests/contract/conformance/checks.h"
#include "tests/contract/conformance/json_edit.h"

namespace shopwire::conformance {
namespace {

using commands::v1::OUTCOME_APPLIED;
using commands::v1::OUTCOME_UNCHANGED;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

std::string joined(const std::vector<std::string>& lines) {
    std::string text;
    for (const std::string& line : lines) text += "\n  " + line;
    return text;
}

bool is_done(const runtime::Applied& applied) {
    return applied.result.outcome() == OUTCOME_APPLIED || applied.result.outcome() == OUTCOME_UNCHANGED ||
           applied.result.has_document();
}

// An example as nothing disturbs it.
struct Clean {
    std::string native_id{};
    std::vector<std::string> before{};
    std::vector<std::string> after{};
    std::size_t requests = 0;
    std::size_t first_write = 0;  // its index; `requests` when there is none
    bool good = false;
    std::set<std::size_t> reads{};  // indices of what may be asked again
};

Clean clean_run(Stage& stage, const Example& example) {
    Clean clean;
    stage.fresh();
    const events::Command command = example.make(stage);
    clean.before = stage.holds();
    std::optional<std::size_t> write;
    stage.wire().interfere([&](std::size_t index, const http::Request& request, const Wire::Next& next) {
        if (!is_write(request)) clean.reads.insert(index);
        if (is_write(request) && !request.idempotent && !write) write = index;
        return next();
    });
    const Result<runtime::Applied> applied = stage.apply(command);
    clean.requests = stage.wire().requests();
    clean.first_write = write.value_or(clean.requests);
    stage.wire().interfere({});
    clean.after = stage.holds();
    if (!example.refused.empty()) {
        EXPECT_TRUE(!applied && applied.error().kind == ErrorKind::kRejected) << example.name << " is refused";
        EXPECT_EQ(clean.before, clean.after) << example.name;
        return clean;
    }
    if (!applied) {
        ADD_FAILURE() << example.name << ": " << applied.error().with_words();
        return clean;
    }
    EXPECT_TRUE(is_done(*applied)) << example.name << ": " << applied->result.ShortDebugString();
    EXPECT_EQ("", applied->result.error()) << example.name;
    if (example.writes) {
        EXPECT_NE(clean.before, clean.after) << example.name << " leaves nothing" << joined(clean.after);
    }
    clean.native_id = applied->result.native_id();
    clean.good = true;
    return clean;
}

void for_each_example(Stage& stage, const std::function<void(const Example&, const Clean&)>& run) {
    for (const Example& example : stage.contract().commands) {
        SCOPED_TRACE(example.name);
        const Clean clean = clean_run(stage, example);
        if (clean.good) run(example, clean);
    }
}

void applied_twice_is_once(Stage& stage) {
    for_each_example(stage, [&](const Example& example, const Clean& clean) {
        stage.fresh();
        const events::Command command = example.make(stage);
        const bool creates = stage.rule(command).write == runtime::ActionRule::Write::kCreate;
        if (creates && example.writes) {
            const auto early = stage.connector().sink->find(command, {});
            EXPECT_TRUE(!early || !*early) << "found before it was made: " << (**early).result.ShortDebugString();
        }
        const runtime::Applied first = stage.done(command);
        for (const bool new_process : {false, true}) {
            if (new_process) stage.connect();
            // Where a second time makes a second thing, the runtime looks first.
            Result<runtime::Applied> again = creates ? ambiguous("applied before") : stage.apply(command);
            again = stage.settle(command, std::move(again));
            ASSERT_TRUE(again) << again.error().with_words();
            EXPECT_EQ(first.result.native_id(), again->result.native_id());
            EXPECT_EQ(clean.after, stage.holds()) << joined(stage.holds());
        }
    });
}

enum class Break {
    kLost,            // applied, no answer
    kLostThenDown,    // applied, no answer, and nothing gets through any more
    kNeverArrived,    // not applied, no answer
    kBusy,            // not applied, 503
    kGateway,         // applied, answered by something in between
    kNonsense,        // applied, answered without a word of it
    kNonsenseBefore,  // not applied, answered without a word of it
    kCut,             // applied, half of the answer
    kStopped,         // not applied, we stop
    kStoppedAfter,    // applied, we stop
};
using NamedBreak = std::pair<Break, const char*>;
constexpr NamedBreak kBreaks[] = {
    {Break::kLost, "lost"},
    {Break::kLostThenDown, "lost, then down"},
    {Break::kNeverArrived, "never arrived"},
    {Break::kBusy, "busy"},
    {Break::kGateway, "gateway"},
    {Break::kNonsense, "nonsense"},
    {Break::kCut, "cut"},
    {Break::kStopped, "stopped"},
    {Break::kStoppedAfter, "stopped after it"},
};
constexpr NamedBreak kEmptyWords[] = {{Break::kNonsenseBefore, "answered {} and not applied"}};

Wire::Interference breaking(Break how, std::size_t at, std::stop_source& stop) {
    return [=, &stop](std::size_t index, const http::Request& request, const Wire::Next& next) {
        using Answer = Result<http::Response>;
        if (index < at) return next();
        if (index > at) return how == Break::kLostThenDown ? no_answer(request) : next();
        const bool passes = how != Break::kNeverArrived && how != Break::kBusy && how != Break::kNonsenseBefore &&
                            how != Break::kStopped;
        Answer answer = passes ? next() : Answer(http::Response{.status = 200, .body = "{}"});
        if (!answer) return answer;
        switch (how) {
            case Break::kLost:
            case Break::kLostThenDown:
            case Break::kNeverArrived: return no_answer(request);
            case Break::kBusy: return Answer(http::Response{.status = 503});
            case Break::kGateway: return Answer(http::Response{.status = 502, .body = "<html>Bad gateway</html>"});
            case Break::kNonsense: answer->body = "<html>Welcome</html>"; return answer;
            case Break::kNonsenseBefore: return answer;
            case Break::kCut: answer->body.resize(answer->body.size() / 2); return answer;
            case Break::kStopped:
            case Break::kStoppedAfter: stop.request_stop(); return Answer(cancelled());
        }
        return answer;
    };
}

void break_each_request(Stage& stage, std::span<const NamedBreak> breaks) {
    for_each_example(stage, [&](const Example& example, const Clean& clean) {
        for (std::size_t at = 0; at < clean.requests; ++at) {
            for (const auto& [how, name] : breaks) {
                const bool of_writes = how == Break::kGateway || how == Break::kNeverArrived || how == Break::kCut ||
                                       how == Break::kStoppedAfter || how == Break::kLost;
                if (clean.reads.contains(at) && of_writes) continue;
                const bool both = how == Break::kLost || how == Break::kLostThenDown || how == Break::kStoppedAfter;
                for (const bool new_process : {false, true}) {
                    if (new_process && (!both || clean.reads.contains(at))) continue;
                    const std::string what =
                        "request " + std::to_string(at) + " " + name + (new_process ? ", then a new process" : "");
                    stage.fresh();
                    const events::Command command = example.make(stage);
                    std::stop_source stop;
                    stage.wire().interfere(breaking(how, at, stop));
                    Result<runtime::Applied> answer = stage.apply(command, stop.get_token());
                    stage.wire().interfere({});
                    const std::string first = answer ? "done" : answer.error().message;
                    if (new_process) stage.connect();
                    answer = stage.settle(command, std::move(answer));
                    // Refused, and nothing of it is there: it waits for a person, and is not lost.
                    const bool waits = !answer && answer.error().kind == ErrorKind::kRejected &&
                                       how == Break::kNonsenseBefore && stage.holds() == clean.before;
                    if (waits) continue;
                    if (!answer) {
                        ADD_FAILURE() << what << ": " << first << ", then " << answer.error().with_words();
                        continue;
                    }
                    EXPECT_TRUE(is_done(*answer)) << what << ": " << answer->result.ShortDebugString();
                    EXPECT_EQ(clean.after, stage.holds()) << what << ": " << first << joined(stage.holds());
                    EXPECT_EQ(clean.native_id.empty(), answer->result.native_id().empty()) << what;
                }
            }
        }
    });
}

void wherever_a_write_breaks_it_is_done_once(Stage& stage) { break_each_request(stage, kBreaks); }

void an_answer_that_shows_nothing_is_not_taken_for_done(Stage& stage) { break_each_request(stage, kEmptyWords); }

struct Expected {
    int status;
    std::set<ErrorKind> kinds;
};

void every_class_of_error_has_its_kind_when_writing(Stage& stage) {
    const Expected table[] = {{400, {ErrorKind::kRejected}},
                              {401, {ErrorKind::kAuth}},
                              {403, {ErrorKind::kAuth}},
                              {422, {ErrorKind::kRejected}},
                              {429, {ErrorKind::kRateLimited}},
                              {500, {ErrorKind::kAmbiguous, ErrorKind::kTransient}},
                              {503, {ErrorKind::kAmbiguous, ErrorKind::kTransient}}};
    for_each_example(stage, [&](const Example& example, const Clean& clean) {
        if (clean.first_write == clean.requests) return;
        for (const auto& [status, kinds] : table) {
            if (stage.contract().auth_is_not.contains(status)) continue;
            stage.fresh();
            const events::Command command = example.make(stage);
            stage.wire().interfere(
                [&, status = status](std::size_t index, const http::Request&, const Wire::Next& next) {
                    if (index < clean.first_write) return next();
                    return Result<http::Response>(
                        http::Response{.status = status,
                                       .headers = {{"Retry-After", "7"}, {"Content-Type", "application/json"}},
                                       .body = R"({"message":"no <b>"})"});
                });
            const Result<runtime::Applied> answer = stage.apply(command);
            stage.wire().interfere({});
            if (answer) {
                ADD_FAILURE() << status << ": " << answer->result.ShortDebugString();
                continue;
            }
            const Error& error = answer.error();
            EXPECT_TRUE(kinds.contains(error.kind)) << status << " is " << name_of(error.kind) << ": " << error.message;
            EXPECT_EQ(std::string::npos, error.message.find('\n')) << error.message;
            EXPECT_EQ(std::string::npos, error.message.find("<b>")) << "the remote's words: " << error.message;
            if (error.kind == ErrorKind::kRateLimited) {
                EXPECT_EQ(std::chrono::seconds(7), error.retry_after) << error.message;
            }
        }
    });
}

// Adds `more` to whatever in `message` people write.  How many fields that were.
int write_everywhere(Message& message, const std::string& more) {
    static const std::set<std::string> kNames{"first_name", "note", "text", "city"};
    int written = 0;
    std::vector<const FieldDescriptor*> fields;
    const auto* reflection = message.GetReflection();
    reflection->ListFields(message, &fields);
    for (const FieldDescriptor* field : fields) {
        if (field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) {
            if (!field->is_repeated()) written += write_everywhere(*reflection->MutableMessage(&message, field), more);
            for (int i = 0; field->is_repeated() && i < reflection->FieldSize(message, field); ++i)
                written += write_everywhere(*reflection->MutableRepeatedMessage(&message, field, i), more);
        } else if (!field->is_repeated() && kNames.contains(field->name())) {
            reflection->SetString(&message, field, more);
            ++written;
        }
    }
    return written;
}

void what_people_write_arrives_in_every_alphabet(Stage& stage) {
    int arrived = 0;
    for_each_example(stage, [&](const Example& example, const Clean&) {
        stage.fresh();
        events::Command command = example.make(stage);
        if (!example.writes || write_everywhere(command, kAlphabets) == 0) return;
        const Result<runtime::Applied> applied = stage.settle(command, stage.apply(command));
        ASSERT_TRUE(applied) << applied.error().with_words();
        arrived += has_text(stage.contract().state(stage), kAlphabets) ? 1 : 0;
    });
    EXPECT_GT(arrived, 0) << "no command brought its text";
}

void money_without_and_with_three_decimals_is_exact(Stage& stage) {
    ASSERT_TRUE(stage.contract().money) << "a command that brings money";
    for (const Currency& currency : kCurrencies) {
        SCOPED_TRACE(currency.code);
        stage.fresh();
        const events::Command command = stage.contract().money(stage, currency.code, currency.amount);
        const std::vector<std::string> before = stage.holds();
        const Result<runtime::Applied> applied = stage.settle(command, stage.apply(command));
        if (!applied) {  // a refusal is right too, if nothing is left of it
            EXPECT_EQ(ErrorKind::kRejected, applied.error().kind) << applied.error().message;
            EXPECT_EQ(before, stage.holds()) << applied.error().message;
            continue;
        }
        if (applied->result.error().contains(currency.amount)) continue;  // a person is told
        EXPECT_EQ("", applied->result.error());
        EXPECT_TRUE(has_amount(stage.contract().state(stage), currency.amount))
            << currency.amount << " is not in " << stage.contract().state(stage);
    }
}

}  // namespace

std::span<const Check> sink_checks() {
    static constexpr Check kChecks[] = {
        {"AppliedTwiceIsOnce", applied_twice_is_once},
        {"WhereverAWriteBreaksItIsDoneOnce", wherever_a_write_breaks_it_is_done_once},
        {"AnAnswerThatShowsNothingIsNotTakenForDone", an_answer_that_shows_nothing_is_not_taken_for_done},
        {"EveryClassOfErrorHasItsKindWhenWriting", every_class_of_error_has_its_kind_when_writing},
        {"WhatPeopleWriteReachesTheRemoteInEveryAlphabet", what_people_write_arrives_in_every_alphabet},
        {"MoneyOfACommandIsExact", money_without_and_with_three_decimals_is_exact},
    };
    return kChecks;
}

}  // namespace shopwire::conformance
