// Goal: every connector behaves the same where the runtime relies on it.  Method: each check of checks.h is a test of
// each case: a connector before its simulated remote, with a wire between that can be disturbed.
#include <gtest/gtest-spi.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <exception>
#include <iostream>
#include <optional>
#include <set>

#include "common/log/log.h"
#include "tests/contract/conformance/checks.h"

namespace shopwire::conformance {
namespace {

std::vector<Check> all_checks() {
    std::vector<Check> checks;
    for (const std::span<const Check> part : {form_checks(), source_checks(), sink_checks()})
        checks.insert(checks.end(), part.begin(), part.end());
    return checks;
}

// The part of a check that a failure stands in, if it is waived: GoogleTest's trace ends a line with its name.
std::optional<std::string> waived_part(const std::vector<const Waiver*>& waivers, const std::string& message) {
    const std::size_t trace = message.rfind("Google Test trace:");
    if (trace == std::string::npos) return std::nullopt;
    const std::string lines = message.substr(trace) + "\n";
    for (const Waiver* waiver : waivers)
        for (const std::string& part : waiver->parts)
            if (lines.contains(": " + part + "\n")) return part;
    return std::nullopt;
}

class Conformance : public ::testing::Test {
 public:
    Conformance(ContractCase contract, Check check) : contract_(std::move(contract)), check_(check) {}

    void TestBody() override {
        std::vector<const Waiver*> waivers;
        for (const Waiver& waiver : contract_.waivers)
            if (waiver.check == check_.name) waivers.push_back(&waiver);
        if (waivers.empty()) return run();
        ::testing::TestPartResultArray results;
        {
            const ::testing::ScopedFakeTestPartResultReporter reporter(
                ::testing::ScopedFakeTestPartResultReporter::INTERCEPT_ONLY_CURRENT_THREAD, &results);
            run();
        }
        std::set<std::string> failed;
        for (int i = 0; i < results.size(); ++i) {
            const ::testing::TestPartResult& result = results.GetTestPartResult(i);
            if (!result.failed()) continue;
            const std::optional<std::string> part = waived_part(waivers, result.message());
            if (part) failed.insert(*part);
            if (!part) ADD_FAILURE_AT(result.file_name(), result.line_number()) << result.message();
        }
        std::string reasons;
        for (const Waiver* waiver : waivers) {
            for (const std::string& part : waiver->parts) {
                EXPECT_TRUE(failed.contains(part)) << "a stale waiver: " << part << " passes";
                reasons += part + ", ";
            }
            reasons.replace(reasons.size() - 2, 2, ": ").append(waiver->reason).append("; ");
        }
        if (!HasFailure()) GTEST_SKIP() << "waived for " << reasons.substr(0, reasons.size() - 2);
    }

 private:
    void run() {
        try {
            Stage stage(contract_);
            check_.run(stage);
        } catch (const std::exception& error) {
            ADD_FAILURE() << error.what();
        }
    }
    const ContractCase contract_;
    const Check check_;
};

void register_tests() {
    const std::vector<Check> checks = all_checks();
    for (const ContractCase& contract : all_cases()) {
        for (const Waiver& waiver : contract.waivers)
            if (waiver.parts.empty() || std::ranges::find(checks, waiver.check, &Check::name) == checks.end())
                throw std::runtime_error(contract.name + ": a waiver of no part, or of a check that does not exist");
        for (const Check& check : checks)
            ::testing::RegisterTest(("Conformance_" + contract.name).c_str(), std::string(check.name).c_str(), nullptr,
                                    nullptr, __FILE__, __LINE__,
                                    [contract, check]() -> Conformance* { return new Conformance(contract, check); });
    }
}

}  // namespace
}  // namespace shopwire::conformance

int main(int argc, char** argv) {
    try {
        ::testing::InitGoogleTest(&argc, argv);
        shopwire::log::configure(shopwire::log::Level::kDebug, shopwire::log::Format::kText, "conformance");
        shopwire::conformance::register_tests();
        return RUN_ALL_TESTS();
    } catch (const std::exception& error) {
        std::cerr << "conformance: " << error.what() << '\n';
        return 1;
    }
}
