#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>

#include "common/json/value.h"
#include "tests/contract/conformance/checks.h"

namespace shopwire::conformance {
namespace {

using config::Node;
using config::Problems;

Problems problems_of(const Stage& stage, const std::string& yaml) {
    Problems problems;
    stage.spec().check(Node::parse(yaml, "acme.yaml", problems), problems);
    return problems;
}

// What a check would find nothing to look at for stands in the case, with its reason.
void expect_facts(const StreamFacts& facts) {
    EXPECT_TRUE((facts.events > 0) != !facts.quiet.empty()) << facts.name << ": events, or why there are none";
    if (facts.events == 0) return;
    const std::map<std::string_view, bool> given{
        {"words", !facts.words.empty()}, {"text", !facts.text.empty()}, {"price", bool(facts.price)}};
    for (const auto& [fact, is_given] : given) {
        const auto reason = facts.without.find(fact);
        EXPECT_TRUE(is_given != (reason != facts.without.end() && !reason->second.empty()))
            << facts.name << ": " << fact << ", or in `without` why there is none";
    }
    for (const auto& [fact, reason] : facts.without)
        EXPECT_TRUE(given.contains(fact)) << facts.name << ": there is no fact " << fact;
}

void the_spec_is_whole_and_every_part_has_facts(Stage& stage) {
    const runtime::ConnectorSpec& spec = stage.spec();
    EXPECT_FALSE(spec.system.empty());
    EXPECT_TRUE(spec.check && spec.create && spec.schema);
    EXPECT_FALSE(spec.streams.empty() && spec.actions.empty());
    std::set<std::string_view> streams;
    for (const runtime::Stream& stream : spec.streams) {
        EXPECT_TRUE(streams.insert(stream.name).second) << stream.name << " is there twice";
        const auto facts = std::ranges::find(stage.contract().streams, stream.name, &StreamFacts::name);
        if (facts == stage.contract().streams.end()) {
            ADD_FAILURE() << "the case says nothing of stream " << stream.name;
            continue;
        }
        expect_facts(*facts);
    }
    EXPECT_EQ(streams.size(), stage.contract().streams.size());
    std::set<int> shown;
    for (const Example& example : stage.contract().commands) {
        stage.fresh();
        shown.insert(static_cast<int>(stage.rule(example.make(stage)).action));
    }
    std::set<int> actions;
    for (const runtime::ActionRule& rule : spec.actions) {
        EXPECT_TRUE(actions.insert(static_cast<int>(rule.action)).second) << "an action is there twice";
        EXPECT_GE(rule.batch_max, 1);
    }
    EXPECT_EQ(actions, shown) << "an example for each action";
    EXPECT_EQ(spec.actions.empty(), stage.connector().sink == nullptr);
    EXPECT_EQ(spec.streams.empty(), stage.connector().source == nullptr);
    EXPECT_FALSE(stage.connector().intake && !spec.takes_webhooks);
    EXPECT_FALSE(stage.connector().media && !spec.gives_files);
}

void empty_settings_are_refused_by_name(Stage& stage) {
    const Problems problems = problems_of(stage, "{}");
    ASSERT_FALSE(problems.empty());
    for (const config::Problem& problem : problems) {
        EXPECT_EQ("acme.yaml", problem.file);
        EXPECT_FALSE(problem.message.empty());
    }
    const Result<runtime::Connector> made = stage.create("{}");
    ASSERT_FALSE(made);
    EXPECT_EQ(ErrorKind::kRejected, made.error().kind);
}

void an_unknown_setting_is_a_mistake(Stage& stage) {
    const std::string settings = stage.contract().settings(stage.remote().address());
    const Problems none = problems_of(stage, settings);
    EXPECT_TRUE(none.empty()) << (none.empty() ? "" : config::format(none.front()));
    const Problems one = problems_of(stage, settings + "\nbase_urrl: https://far.example\n");
    ASSERT_EQ(1U, one.size());
    EXPECT_NE(std::string::npos, config::format(one.front()).find("base_urrl"));
    for (const char* odd : {"[]", "text", "- 1", "base_url: [1, 2]", "base_url: {}", "base_url:", "\t"})
        EXPECT_FALSE(problems_of(stage, odd).empty()) << odd;
}

// One word per thing in all connectors.
void settings_have_the_names_that_others_use(Stage& stage) {
    static const std::map<std::string, std::string> kWords{
        {"url", "base_url"},         {"endpoint", "base_url"},    {"host", "base_url"},
        {"address", "base_url"},     {"token", "api_token"},      {"key", "api_key"},
        {"apikey", "api_key"},       {"secret", "client_secret"}, {"per_page", "page_size"},
        {"page_limit", "page_size"}, {"ca", "ca_file"},           {"ca_bundle", "ca_file"},
        {"timezone", "time_zone"},   {"timeout_ms", "timeout"},   {"timeout_seconds", "timeout"}};
    const auto schema = json::Document::parse(stage.spec().schema());
    ASSERT_TRUE(schema) << schema.error().message;
    const json::Value properties = schema->root().member("properties");
    ASSERT_TRUE(properties.is_object());
    for (const auto& [wrong, right] : kWords)
        EXPECT_FALSE(properties.member(wrong).is_object()) << "\"" << wrong << "\" is called " << right << " elsewhere";
}

void the_probe_tells_a_key_that_is_refused(Stage& stage) {
    ASSERT_TRUE(stage.connector().probe);
    const Status usable = stage.connector().probe({});
    EXPECT_TRUE(usable) << usable.error().message;
    if (stage.wire().requests() == 0) {
        SCOPED_TRACE("probe");  // of a system without a call that only asks: a waiver says so
        ADD_FAILURE() << "the probe asks nothing";
        return;
    }
    for (const auto& [status, kind] :
         {std::pair{401, ErrorKind::kAuth}, {503, ErrorKind::kTransient}, {429, ErrorKind::kRateLimited}}) {
        stage.connect();
        stage.wire().interfere([status = status](std::size_t, const http::Request&, const Wire::Next&) {
            return http::Response{.status = status, .body = "{}"};
        });
        const Status probed = stage.connector().probe({});
        ASSERT_FALSE(probed) << status;
        EXPECT_EQ(name_of(kind), name_of(probed.error().kind)) << status << ": " << probed.error().message;
        stage.wire().interfere({});
    }
    const Status again = stage.connector().probe({});
    EXPECT_TRUE(again) << again.error().message;
}

// A remote that says back what it was sent, as some do when they refuse a key.
Wire::Interference echo_of(const std::vector<std::string>& secrets, int status) {
    std::string text;
    for (const std::string& secret : secrets) text += secret + " ";
    return [text, status](std::size_t, const http::Request& request, const Wire::Next&) {
        std::string body = R"({"success":false,"ok":false,"status":false,"message":"refused )" + text +
                           R"(","error":{"code":")" + text + R"(","text":")" + text + R"("},"errors":[{"code":")" +
                           text + R"(","message":")" + text + R"("}],"url":")" + request.url + "\"}";
        return http::Response{.status = status, .headers = {{"Content-Type", "application/json"}}, .body = body};
    };
}

void no_secret_is_in_a_line_of_the_log(Stage& stage) {
    std::string written;
    const auto note = [&written](const Error& error) { written += error.message + "\n"; };
    ::testing::internal::CaptureStderr();
    const auto run_all = [&] {
        if (const Status probed = stage.connector().probe({}); !probed) note(probed.error());
        for (const StreamFacts& stream : stage.contract().streams) {
            const Told told = stage.read(stream.name);
            if (told.error) note(*told.error);
            for (const auto& [key, bytes] : told.events) written += key + " " + bytes + "\n";
        }
        for (const Example& example : stage.contract().commands) {
            stage.fresh();
            const Result<runtime::Applied> applied = stage.apply(example.make(stage));
            if (!applied) note(applied.error());
            if (applied) written += applied->result.ShortDebugString() + "\n";
        }
    };
    run_all();
    std::vector<events::Command> commands;
    for (const Example& example : stage.contract().commands) {
        stage.fresh();
        commands.push_back(example.make(stage));
    }
    for (const int status : {200, 400, 401, 403, 404, 422, 429, 500, 503}) {
        stage.connect();
        stage.wire().interfere(echo_of(stage.contract().secrets, status));
        if (const Status probed = stage.connector().probe({}); !probed) note(probed.error());
        for (const StreamFacts& stream : stage.contract().streams)
            if (const Told told = stage.read(stream.name); told.error) note(*told.error);
        for (const events::Command& command : commands) {
            if (const auto applied = stage.apply(command); !applied) note(applied.error());
            if (const auto found = stage.connector().sink->find(command, {}); !found) note(found.error());
        }
    }
    written += stage.metrics().text();
    written += ::testing::internal::GetCapturedStderr();
    ASSERT_FALSE(stage.contract().secrets.empty());
    for (const std::string& secret : stage.contract().secrets) {
        ASSERT_GE(secret.size(), 4U);
        const std::size_t at = written.find(secret);
        EXPECT_EQ(std::string::npos, at) << "..." << written.substr(at < 200 ? 0 : at - 200, 300) << "...";
    }
}

}  // namespace

std::span<const Check> form_checks() {
    static constexpr Check kChecks[] = {
        {"TheSpecIsWholeAndEveryPartHasFacts", the_spec_is_whole_and_every_part_has_facts},
        {"EmptySettingsAreRefusedByName", empty_settings_are_refused_by_name},
        {"AnUnknownSettingIsAMistake", an_unknown_setting_is_a_mistake},
        {"SettingsHaveTheNamesThatOthersUse", settings_have_the_names_that_others_use},
        {"TheProbeTellsAKeyThatIsRefused", the_probe_tells_a_key_that_is_refused},
        {"NoSecretIsInALineOfTheLog", no_secret_is_in_a_line_of_the_log},
    };
    return kChecks;
}

}  // namespace shopwire::conformance
