#include <gtest/gtest.h>

#include <algorithm>
#include <iostream>
#include <ranges>

#include "tests/contract/conformance/checks.h"
#include "tests/contract/conformance/json_edit.h"

namespace shopwire::conformance {
namespace {

constexpr std::size_t kRows = 10'000;

using Edit = std::function<std::string(const std::string& body)>;

// Every good answer goes through `edit`.
Wire::Interference editing(Edit edit) {
    return [edit = std::move(edit)](std::size_t, const http::Request&, const Wire::Next& next) {
        Result<http::Response> answer = next();
        if (answer && answer->status < 300) answer->body = edit(answer->body);
        return answer;
    };
}

// The requests from `from` on get this answer instead of their own.
Wire::Interference answering(std::size_t from, Result<http::Response> answer) {
    return
        [=](std::size_t index, const http::Request&, const Wire::Next& next) { return index < from ? next() : answer; };
}

std::string list_of(const std::map<std::string, std::string>& events) {
    constexpr std::size_t kShown = 20;
    std::string text;
    for (const auto& [key, bytes] : events | std::views::take(kShown))
        text += "\n  " + key + ": " + Stage::text_of(bytes);
    return text;
}

// A pass without disturbance, of a fresh connector: what all others are compared with.  And the requests of it that are
// worth disturbing: the first of each operation, and the last.
struct Clean {
    Told told{};
    std::vector<std::size_t> places{};
};

Clean clean_pass(Stage& stage, const StreamFacts& facts) {
    stage.fresh();
    Clean clean;
    std::set<std::string> operations;
    stage.wire().interfere([&](std::size_t index, const http::Request& request, const Wire::Next& next) {
        if (operations.insert(request.operation).second) clean.places.push_back(index);
        return next();
    });
    clean.told = stage.read(facts.name);
    const Told& told = clean.told;
    const std::size_t requests = stage.wire().requests();
    if (requests > 0 && clean.places.back() != requests - 1) clean.places.push_back(requests - 1);
    EXPECT_FALSE(told.error) << facts.name << ": " << told.error->with_words();
    EXPECT_EQ(0U, told.failed) << facts.name;
    EXPECT_GE(told.count, facts.events) << facts.name << list_of(told.events);
    for (const std::string& fault : told.faults) ADD_FAILURE() << facts.name << ": " << fault;
    stage.wire().interfere({});
    return clean;
}

// Disturbed or not, a pass that ends well has told at least what is there.  A stream of changes may also tell the rest
// from where it goes on; what a snapshot leaves out counts as gone.
void expect_nothing_lost(Stage& stage, const StreamFacts& facts, const Told& clean, const Told& told,
                         const std::string& what) {
    for (const std::string& fault : told.faults) ADD_FAILURE() << what << ": " << fault;
    if (told.says_so() || told.count >= clean.count) return;
    const auto stream = std::ranges::find(stage.spec().streams, facts.name, &runtime::Stream::name);
    std::size_t count = told.count;
    if (stream->pass == runtime::Pass::kIncremental) {
        stage.wire().interfere({});
        stage.wait(std::chrono::seconds(1));
        count += stage.read(facts.name, {}, told.next).count;
    }
    EXPECT_GE(count, clean.count) << what << ": told as if it were all" << list_of(told.events);
}

void expect_all_is_well_again(Stage& stage, const StreamFacts& facts, const Told& clean, const std::string& what) {
    stage.wire().interfere({});
    const Told after = stage.read(facts.name);
    EXPECT_FALSE(after.error) << "after " << what << ": " << after.error->message;
    for (const auto& [key, bytes] : clean.events) {
        const auto found = after.events.find(key);
        EXPECT_TRUE(found != after.events.end() && found->second == bytes)
            << "after " << what << ": " << key << ": " << Stage::text_of(bytes);
    }
}

using Places = std::vector<std::size_t>;

void for_each_stream(Stage& stage,
                     const std::function<void(const StreamFacts&, const Told& clean, const Places&)>& run) {
    for (const StreamFacts& facts : stage.contract().streams) {
        SCOPED_TRACE(facts.name);
        const Clean clean = clean_pass(stage, facts);
        run(facts, clean.told, clean.places);
    }
}

void skip(const std::string& why) { GTEST_SKIP() << why; }

// Skips a check where no stream has such a fact, and says of each one that has none why.
bool any_has(Stage& stage, std::string_view fact, bool (*has)(const StreamFacts&)) {
    std::string reasons;
    bool any = false;
    for (const StreamFacts& facts : stage.contract().streams) {
        any = any || has(facts);
        const auto reason = facts.without.find(fact);
        if (reason == facts.without.end()) continue;
        reasons += "\n  " + std::string(facts.name) + " has no " + std::string(fact) + ": ";
        reasons += reason->second;
    }
    if (any && !reasons.empty()) std::cout << "[  WITHOUT ]" << reasons << "\n";
    if (!any) skip(reasons);
    return any;
}

void every_row_is_told_once_and_right(Stage& stage) {
    for_each_stream(stage, [&](const StreamFacts& facts, const Told& clean, const Places&) {
        EXPECT_EQ(facts.events == 0, clean.count == 0);
        expect_all_is_well_again(stage, facts, clean, "a first pass");
    });
}

void the_same_cursor_gives_the_same_page(Stage& stage) {
    for_each_stream(stage, [&](const StreamFacts& facts, const Told&, const Places&) {
        runtime::Cursor cursor;
        for (bool more = true; more;) {
            const auto first = stage.page(facts.name, cursor);
            const auto again = stage.page(facts.name, cursor);
            ASSERT_TRUE(first && again);
            std::set<std::string> second;
            for (const runtime::Change& change : again->changes)
                if (change.event) second.insert(Stage::bytes_of(*change.event));
            for (const runtime::Change& change : first->changes) {
                ASSERT_TRUE(change.event) << change.event.error().message;
                EXPECT_TRUE(second.contains(Stage::bytes_of(*change.event))) << change.event->ShortDebugString();
            }
            more = first->more;
            cursor = first->next;
        }
        // A process that knows nothing goes on from where another one was.
        stage.connect();
        const auto later = stage.page(facts.name, cursor);
        EXPECT_TRUE(later) << later.error().message;
    });
}

std::vector<std::string> nonsense(const std::string& body) {
    std::string broken = body;
    const std::size_t quote = broken.rfind('"');
    if (quote != std::string::npos) broken.insert(quote, "\xff\xc0");
    return {"",
            " ",
            "null",
            "{}",
            "[]",
            "[{}]",
            "[null]",
            "true",
            "42",
            "\"text\"",
            "<html><body><h1>Maintenance</h1></body></html>",
            R"({"error":{"code":"busy","message":"Not now."}})",
            body.substr(0, body.size() / 2),
            body + "x",
            broken,
            std::string(200'000, '[')};
}

void a_bad_answer_is_an_error_and_no_empty_page(Stage& stage) {
    for_each_stream(stage, [&](const StreamFacts& facts, const Told& clean, const Places& places) {
        for (const std::size_t at : places) {
            for (std::size_t kind = 0; kind < nonsense("").size(); ++kind) {
                std::string sent;
                stage.connect();
                stage.wire().interfere([&, at, kind](std::size_t index, const http::Request&, const Wire::Next& next) {
                    Result<http::Response> answer = next();
                    if (index < at || !answer) return answer;
                    answer->body = sent = nonsense(answer->body).at(kind);
                    return answer;
                });
                const Told told = stage.read(facts.name);
                const std::string what = "request " + std::to_string(at) + " answered " + sent.substr(0, 60);
                if (stage.contract().empty_answers.contains(sent)) continue;
                expect_nothing_lost(stage, facts, clean, told, what);
                // A broken letter in a name that nobody reads leaves the rest of a word of success as it is.
                if (facts.events == 0 && !sent.contains('\xff')) {
                    EXPECT_TRUE(told.says_so()) << what;
                }
                if (told.error) {
                    EXPECT_NE(ErrorKind::kAmbiguous, told.error->kind) << what << ": " << told.error->message;
                    EXPECT_LT(told.error->message.size(), 1'000U) << what;
                }
                expect_all_is_well_again(stage, facts, clean, what);  // nothing of it was kept
            }
        }
    });
}

struct Expected {
    int status;
    ErrorKind kind;
};
constexpr Expected kReadErrors[] = {
    {401, ErrorKind::kAuth},      {403, ErrorKind::kAuth},        {408, ErrorKind::kTransient},
    {425, ErrorKind::kTransient}, {429, ErrorKind::kRateLimited}, {500, ErrorKind::kTransient},
    {502, ErrorKind::kTransient}, {503, ErrorKind::kTransient},   {504, ErrorKind::kTransient},
};

// The pass ended with an error of its kind, without a word of the remote.
void expect_error(Stage& stage, const StreamFacts& facts, const Told& told, const Expected& expected,
                  const std::string& what) {
    ASSERT_TRUE(told.error) << what;
    if (stage.contract().auth_is_not.contains(expected.status)) return;
    const ErrorKind kind = expected.kind == ErrorKind::kAuth ? facts.refused_key : expected.kind;
    EXPECT_EQ(name_of(kind), name_of(told.error->kind)) << what << ": " << told.error->message;
    EXPECT_EQ(std::string::npos, told.error->message.find("<h1>")) << told.error->message;
    EXPECT_EQ(std::string::npos, told.error->message.find('\n')) << told.error->message;
    if (kind == ErrorKind::kRateLimited) {
        EXPECT_EQ(std::chrono::seconds(7), told.error->retry_after) << what << ": " << told.error->message;
    }
}

void every_class_of_error_has_its_kind_when_reading(Stage& stage) {
    for_each_stream(stage, [&](const StreamFacts& facts, const Told& clean, const Places& places) {
        for (const std::size_t at : places) {
            const std::string where = "request " + std::to_string(at) + ": ";
            const auto expect = [&](const Expected& expected, const Result<http::Response>& answer) {
                bool of_a_row = false;
                stage.connect();
                stage.wire().interfere([&](std::size_t index, const http::Request& request, const Wire::Next& next) {
                    if (index == at) of_a_row = facts.steps_over.contains(request.operation);
                    return index < at ? next() : answer;
                });
                const Told told = stage.read(facts.name);
                const std::string what = where + std::to_string(expected.status);
                if (of_a_row && expected.kind == ErrorKind::kTransient)
                    expect_nothing_lost(stage, facts, clean, told, what);
                else
                    expect_error(stage, facts, told, expected, what);
            };
            for (const Expected& expected : kReadErrors)
                expect(expected,
                       http::Response{
                           .status = expected.status, .headers = {{"Retry-After", "7"}}, .body = "<h1>no</h1>"});
            for (const int status : {301, 400, 404, 410, 418, 422}) {
                stage.wire().interfere(answering(at, http::Response{.status = status, .body = "{}"}));
                const Told told = stage.read(facts.name);
                if (facts.gone && status == 404) continue;
                expect_nothing_lost(stage, facts, clean, told, where + std::to_string(status));
            }
            expect({.status = 0, .kind = ErrorKind::kTransient}, transient("connecting: refused"));
            expect_all_is_well_again(stage, facts, clean, "errors");
        }
    });
}

void a_read_that_is_stopped_tells_so_and_loses_nothing(Stage& stage) {
    for_each_stream(stage, [&](const StreamFacts& facts, const Told& clean, const Places& places) {
        for (const std::size_t at : places) {
            std::stop_source stop;
            stage.connect();
            stage.wire().interfere([&, at](std::size_t index, const http::Request&, const Wire::Next& next) {
                if (index < at) return next();
                stop.request_stop();
                return Result<http::Response>(cancelled());
            });
            const Told told = stage.read(facts.name, stop.get_token());
            ASSERT_TRUE(told.error) << "stopped at request " << at;
            EXPECT_EQ(name_of(ErrorKind::kCancelled), name_of(told.error->kind)) << told.error->message;
            EXPECT_LE(stage.wire().requests(), at + 2) << "it went on asking";
            expect_all_is_well_again(stage, facts, clean, "a stop");
        }
    });
}

void members_that_nobody_knows_change_nothing(Stage& stage) {
    for_each_stream(stage, [&](const StreamFacts& facts, const Told& clean, const Places&) {
        stage.connect();
        stage.wire().interfere(editing(with_unknown_members));
        const Told told = stage.read(facts.name);
        EXPECT_FALSE(told.error) << told.error->message;
        EXPECT_EQ(0U, told.failed);
        EXPECT_TRUE(clean.events == told.events) << list_of(clean.events) << "\nbecame" << list_of(told.events);
    });
}

// Names of the members of all good answers of a pass.
std::set<std::string> members_of(Stage& stage, const StreamFacts& facts) {
    std::set<std::string> names;
    stage.connect();
    stage.wire().interfere(editing([&names](const std::string& body) {
        names.merge(scalar_members(body));
        return body;
    }));
    (void)stage.read(facts.name);
    return names;
}

void null_is_taken_where_a_row_can_do_without(Stage& stage) {
    for_each_stream(stage, [&](const StreamFacts& facts, const Told& clean, const Places& places) {
        const std::set<std::string> members = members_of(stage, facts);
        EXPECT_EQ(facts.events == 0 || places.empty(), members.empty() || facts.events == 0);
        for (const std::string& known : facts.needed)
            EXPECT_TRUE(members.contains(known)) << known << " is in no answer";
        for (const std::string& known : facts.tells_less)
            EXPECT_TRUE(members.contains(known)) << known << " is in no answer";
        for (const std::string& member : members) {
            stage.connect();
            stage.wire().interfere(editing([&](const std::string& body) { return with_member(body, member, "null"); }));
            const Told told = stage.read(facts.name);
            const std::string why = told.error ? told.error->message : std::to_string(told.failed) + " rows failed";
            if (facts.tells_less.contains(member)) {
                EXPECT_TRUE(!told.says_so() && told.count < clean.count) << member << " does not tell less";
            } else if (facts.needed.contains(member) || facts.events == 0) {
                EXPECT_TRUE(told.says_so() || facts.events == 0) << member << " is not needed";
            } else {
                EXPECT_FALSE(told.says_so()) << member << " is needed: " << why;
                expect_nothing_lost(stage, facts, clean, told, member);
            }
        }
        stage.connect();
        expect_all_is_well_again(stage, facts, clean, "nulls");
    });
}

void a_word_that_nobody_knows_stops_no_other_row(Stage& stage) {
    if (!any_has(stage, "words", [](const StreamFacts& facts) { return !facts.words.empty(); })) return;
    for_each_stream(stage, [&](const StreamFacts& facts, const Told& clean, const Places&) {
        const std::set<std::string> members = members_of(stage, facts);
        for (const std::string& member : facts.words) {
            ASSERT_TRUE(members.contains(member)) << member << " is in no answer";
            stage.connect();
            stage.wire().interfere(
                editing([&](const std::string& body) { return with_member(body, member, "\"brand-new\""); }));
            const Told told = stage.read(facts.name);
            EXPECT_FALSE(told.error) << member << ": " << told.error->message;
            EXPECT_GE(told.count + told.failed, clean.count) << member;
            for (const std::string& fault : told.faults) ADD_FAILURE() << member << ": " << fault;
        }
    });
}

void a_page_of_ten_thousand_rows_is_read_or_refused(Stage& stage) {
    for_each_stream(stage, [&](const StreamFacts& facts, const Told& clean, const Places&) {
        stage.connect();
        bool done = false;  // one list is enough: each row may bring a list of its own
        stage.wire().interfere(editing([&done](const std::string& body) {
            const std::string longer = done ? body : with_rows(body, kRows);
            done = done || longer.size() > 10 * body.size();
            return longer;
        }));
        const Told told = stage.read(facts.name);
        expect_nothing_lost(stage, facts, clean, told, "a long page");
        stage.connect();
        expect_all_is_well_again(stage, facts, clean, "a long page");
    });
}

void what_people_write_arrives_in_every_alphabet(Stage& stage) {
    if (!any_has(stage, "text", [](const StreamFacts& facts) { return !facts.text.empty(); })) return;
    for_each_stream(stage, [&](const StreamFacts& facts, const Told& clean, const Places&) {
        if (facts.text.empty()) return;
        stage.connect();
        stage.wire().interfere(
            editing([&](const std::string& body) { return with_member(body, facts.text, quoted(kAlphabets)); }));
        Told told = stage.read(facts.name);
        EXPECT_FALSE(told.says_so());
        EXPECT_GE(told.count, clean.count);
        EXPECT_TRUE(std::ranges::any_of(told.events, [](const auto& event) {
            return event.second.contains(kAlphabets);
        })) << list_of(told.events);
    });
}

void money_without_and_with_three_decimals_is_exact(Stage& stage) {
    if (!any_has(stage, "price", [](const StreamFacts& facts) { return bool(facts.price); })) return;
    for (const StreamFacts& facts : stage.contract().streams) {
        if (!facts.price) continue;
        for (const Currency& currency : kCurrencies) {
            SCOPED_TRACE(currency.code);
            stage.fresh();
            facts.price(stage, currency.code, currency.amount);
            const Told told = stage.read(facts.name);
            ASSERT_FALSE(told.says_so()) << (told.error ? told.error->message : "rows failed");
            const std::string amount = "micros: " + std::to_string(Decimal::parse(currency.amount)->micros());
            const std::string code = "currency: \"" + std::string(currency.code) + "\"";
            const bool names_it = facts.no_currency.empty();
            EXPECT_TRUE(std::ranges::any_of(told.events,
                                            [&](const auto& event) {
                                                const std::string text = Stage::text_of(event.second);
                                                const bool named = text.contains(code);
                                                return text.contains(amount + " ") && named == names_it;
                                            }))
                << facts.name << ": " << currency.amount << " " << currency.code << list_of(told.events);
        }
    }
}

}  // namespace

std::span<const Check> source_checks() {
    static constexpr Check kChecks[] = {
        {"EveryRowIsToldOnceAndRight", every_row_is_told_once_and_right},
        {"TheSameCursorGivesTheSamePage", the_same_cursor_gives_the_same_page},
        {"ABadAnswerIsAnErrorAndNoEmptyPage", a_bad_answer_is_an_error_and_no_empty_page},
        {"EveryClassOfErrorHasItsKindWhenReading", every_class_of_error_has_its_kind_when_reading},
        {"AReadThatIsStoppedTellsSoAndLosesNothing", a_read_that_is_stopped_tells_so_and_loses_nothing},
        {"MembersThatNobodyKnowsChangeNothing", members_that_nobody_knows_change_nothing},
        {"NullIsTakenWhereARowCanDoWithout", null_is_taken_where_a_row_can_do_without},
        {"AWordThatNobodyKnowsStopsNoOtherRow", a_word_that_nobody_knows_stops_no_other_row},
        {"APageOfTenThousandRowsIsReadOrRefused", a_page_of_ten_thousand_rows_is_read_or_refused},
        {"WhatPeopleWriteArrivesInEveryAlphabet", what_people_write_arrives_in_every_alphabet},
        {"MoneyWithoutAndWithThreeDecimalsIsExact", money_without_and_with_three_decimals_is_exact},
    };
    return kChecks;
}

}  // namespace shopwire::conformance
