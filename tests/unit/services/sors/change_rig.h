// Orders of which a document was made already, against sandbox-erp in both shapes.
#pragma once

#include "tests/unit/services/sors/sandbox_rig.h"

namespace shopwire::sors {

class ChangeOf : public SandboxOf {
 protected:
    std::string made(events::v1::DocumentType type = events::v1::DOCUMENT_TYPE_RESERVATION) {
        const Result<runtime::Applied> applied = apply(order_as(type));
        EXPECT_TRUE(applied) << applied.error().message;
        return applied ? applied->result.native_id() : "";
    }
    std::string refusal(const events::Command& command) {
        const Result<runtime::Applied> refused = apply(command);
        EXPECT_FALSE(refused);
        if (refused) return "taken";
        EXPECT_EQ(ErrorKind::kRejected, refused.error().kind);
        return refused.error().message;
    }
    // So many of three pieces are left at their price, and so much was paid back.
    events::Command refunded(const std::string& pieces, const std::string& amount, const std::string& id) {
        const std::map<std::string, std::string> totals{
            {"0", "0"}, {"1", "1166.67"}, {"2", "2333.33"}, {"3", "3500"}, {"4", "4666.67"}};
        return refunded_to(pieces, totals.at(pieces), amount, id);
    }
    events::Command refunded_to(const std::string& pieces, const std::string& total, const std::string& amount,
                                const std::string& id) {
        events::Command command = update_command(pieces, total, id);
        events::v1::OrderRefund& refund = *command.mutable_update_order()->mutable_order()->add_refunds();
        refund.set_native_id("77");
        *refund.mutable_total() = pdec(amount);
        return command;
    }
    // What a request looks like that cancels a document.
    static std::string cancels() {
        return GetParam() == std::string("sors-en") ? R"("method": "DELETE")"
                                                    : R"("method": "POST", "path_regex": "storno$")";
    }
    // An edit that was cut between the new reservation and the end of the old one.  The id of the old one.
    std::string left_with_two() {
        const std::string first = made();
        fault(R"([{"match": {)" + cancels() + R"(}, "times": 100, "fault": {"kind": "status", "status": 503}}])");
        EXPECT_FALSE(apply(update_command("2", "2400", first)));
        no_fault();
        return first;
    }
    Decimal free() { return free_stock()->at("A-100045"); }
};

}  // namespace shopwire::sors
