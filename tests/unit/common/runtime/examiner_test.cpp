#include "common/runtime/examiner.h"

#include <gtest/gtest.h>

#include <thread>

#include "common/json/value.h"
#include "common/runtime/table_check.h"

namespace shopwire::runtime {
namespace {

using Grade = Finding::Grade;

TEST(Examine, TellsTheProbeWhatTheKeyOpensAndWhatTheConnectorSaw) {
    Connector connector;
    connector.probe = [](std::stop_token) { return Status{}; };
    connector.describe = [](std::stop_token) { return std::vector<std::string>{"unit 1"}; };
    connector.examine = [](const ExamineRequest& request, std::stop_token) {
        return Examination{.findings = {{.check = "payments",
                                         .grade = Grade::kWarning,
                                         .what = request.seen.payment_methods.at(0),
                                         .remedy = "map it"}},
                           .terms = {.currency = "RSD", .prices_include_tax = false, .statuses = {"paid"}}};
    };
    const Examination found = examine(connector, {.seen = {.payment_methods = {"cod"}}}, {});
    ASSERT_EQ(found.findings.size(), 3U);
    EXPECT_EQ(found.findings[0].check, "access");
    EXPECT_EQ(found.findings[1].what, "unit 1");
    EXPECT_EQ(found.findings[2].what, "cod");
    EXPECT_EQ(text_of(found),
              R"({"findings":[{"check":"access","grade":"ok","what":"the key works","remedy":""},)"
              R"({"check":"opens","grade":"ok","what":"unit 1","remedy":""},)"
              R"({"check":"payments","grade":"warning","what":"cod","remedy":"map it"}],)"
              R"("terms":{"currency":"RSD","prices_include_tax":false,"statuses":["paid"],"payment_methods":[],)"
              R"("tax_rates":[]}})");
}

TEST(Examine, NamesARefusedKeyAndStillLooks) {
    Connector connector;
    connector.probe = [](std::stop_token) -> Status {
        return std::unexpected(Error{.kind = ErrorKind::kAuth, .message = "probing: HTTP 401"});
    };
    connector.describe = [](std::stop_token) -> Result<std::vector<std::string>> {
        ADD_FAILURE() << "nothing is open to a refused key";
        return std::vector<std::string>{};
    };
    const Examination found = examine(connector, {}, {});
    ASSERT_EQ(found.findings.size(), 1U);
    EXPECT_EQ(found.findings[0].grade, Grade::kFault);
    EXPECT_EQ(found.findings[0].what, "probing: HTTP 401");
    EXPECT_TRUE(examine(Connector{}, {}, {}).findings.empty());
}

TEST(Terms, AreReadFromARequest) {
    const Terms terms = terms_in(R"({"seen":{"statuses":["a","b"],"tax_rates":["20"]}})");
    EXPECT_EQ(terms.statuses, (std::vector<std::string>{"a", "b"}));
    EXPECT_EQ(terms.tax_rates, std::vector<std::string>{"20"});
    EXPECT_TRUE(terms_in("no").statuses.empty());
    EXPECT_TRUE(terms_in(R"({"seen":7})").statuses.empty());
}

TEST(LookUp, NamesTheWordsThatATableLacks) {
    const auto known = [](const std::string& word) { return word == "cod"; };
    const TableCheck table{.check = "payments", .becomes = "booked as Other", .remedy = "add it"};
    const Finding finding = look_up({"cod", "paypal", "bacs"}, known, table);
    EXPECT_EQ(finding.grade, Grade::kWarning);
    EXPECT_EQ(finding.what, "paypal, bacs: booked as Other");
    EXPECT_EQ(look_up({"cod"}, known, table).grade, Grade::kOk);
    EXPECT_EQ(look_up({}, known, table).what, "all 0 are known");
}

TEST(Examiner, LooksAtAConnectionOnceAtATimeAndEndsWhenTheProcessDoes) {
    Examiner examiner(system_clock());
    std::atomic<bool> inside{false};
    Connector connector;
    connector.examine = [&](const ExamineRequest&, std::stop_token stop) {
        inside = true;
        while (!stop.stop_requested()) std::this_thread::yield();
        return Examination{};
    };
    Result<Examination> first;
    {
        const std::jthread other([&] { first = examiner.run("acme/shop", connector, {}); });
        while (!inside) std::this_thread::yield();
        EXPECT_EQ(examiner.run("acme/shop", connector, {}).error().kind, ErrorKind::kRateLimited);
        Connector nested;  // a second one is at work, and a third must wait: probes need a thread too
        nested.examine = [&](const ExamineRequest&, std::stop_token) {
            EXPECT_EQ(examiner.run("acme/crm", Connector{}, {}).error().kind, ErrorKind::kRateLimited);
            return Examination{};
        };
        EXPECT_TRUE(examiner.run("acme/erp", nested, {}));
        examiner.stop();
    }
    ASSERT_TRUE(first);
    EXPECT_EQ(first->findings.at(0).check, "time");  // it was cut off
    EXPECT_FALSE(examiner.run("acme/shop", Connector{}, {}));
}

}  // namespace
}  // namespace shopwire::runtime
