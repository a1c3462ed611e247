#include "services/cli/message_json.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/unit/services/cli/records.h"

namespace shopwire::cli {
namespace {

events::Event event() { return events::parse_event(order_event()).value(); }

TEST(MessageJson, ShowsDecimalsTimesAndWords) {
    const auto json = json_of(event(), Personal::kMasked);
    EXPECT_EQ(json["order"]["total"], "1500");
    EXPECT_EQ(json["source"]["observed_at_ms"], "2027-01-15T08:00:00.000Z");
    EXPECT_EQ(json["source"]["origin"], "webhook");
    EXPECT_EQ(json["order"]["lines"][0]["sku"], "A-100");
}

TEST(MessageJson, MasksWhoAPersonIs) {
    const std::string masked = json_of(event(), Personal::kMasked).dump();
    EXPECT_FALSE(masked.contains(kEmail)) << masked;
    EXPECT_FALSE(masked.contains("Jovanović")) << masked;
    const auto shown = json_of(event(), Personal::kShown);
    EXPECT_EQ(shown["order"]["personal"]["clear"]["email"], kEmail);
    EXPECT_EQ(shown["order"]["personal"]["clear"]["billing"]["last_name"], "Jovanović");
}

TEST(MessageJson, MasksAddressesInTheWordsOfASystem) {
    events::CommandResult result;
    result.set_error("HTTP 400: buyer ana@example.com is blocked");
    EXPECT_EQ(json_of(result, Personal::kMasked)["error"], "HTTP 400: buyer *** is blocked");
}

TEST(MessageJson, ShowsBytesAsTheyMayBeRead) {
    internal::v1::SnapshotRow row;
    row.set_content_hash("\x01\xff");
    row.set_event(std::string(40, 'x'));
    const auto json = json_of(row, Personal::kShown);
    EXPECT_EQ(json["content_hash"], "01ff");
    EXPECT_EQ(json["event"], "<40 bytes>");
}

TEST(Word, IsTheNumberOfWhatANewerProgramWrote) {
    EXPECT_EQ(word_of(commands::v1::OUTCOME_APPLIED), "applied");
    EXPECT_EQ(word_of(events::v1::DOCUMENT_TYPE_INVOICE_DELIVERY_NOTE), "invoice_delivery_note");
    EXPECT_EQ(word_of(*commands::v1::Outcome_descriptor(), 99), "99");
}

}  // namespace
}  // namespace shopwire::cli
