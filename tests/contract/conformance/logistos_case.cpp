// Logistos in both dialects, before sandbox-logistos.
#include "services/logistos/connector.h"
#include "tests/contract/conformance/checks.h"
#include "tests/unit/services/logistos/rig.h"

namespace shopwire::conformance {
namespace {

std::string settings(const std::string& dialect, const std::string& address) {
    std::string yaml = logistos::settings_yaml(dialect, "resend_on_change: on");
    const std::string placeholder = "https://logistos.example";
    return yaml.replace(yaml.find(placeholder), placeholder.size(), address);
}

events::Command order(const std::string& id) {
    events::v1::Order order = logistos::sample_order();
    order.set_native_id(id);
    events::Command command = logistos::export_command(order);
    command.mutable_export_order()->set_external_number("WC-" + id);
    return command;
}

// Orders wait until the store is connected; what they named is tracked from memory where no list shows it.
void begin(Stage& stage) {
    if (const auto connected = stage.page("integration", {}); !connected)
        throw std::runtime_error(connected.error().message);
    stage.done(order("1"));
    stage.done(order("2"));
}

std::string state(Stage& stage) { return stage.remote().control("orders"); }

std::vector<std::string> holds(Stage& stage) {
    const json::Document orders = json::Document::parse(state(stage)).value();
    std::vector<std::string> lines;
    for (std::size_t i = 0; i < orders.root().size(); ++i) {
        const json::Value one = orders.root().at(i);
        std::string line = "order";
        for (const char* name : {"store", "reference", "number", "cancelled"}) line += " " + one.member(name).dump();
        lines.push_back(line + " " + one.member("body").dump());
    }
    return lines;
}

events::Command updated(Stage& stage) {
    const runtime::Applied first = stage.done(order("10234"));
    events::Command command = logistos::update_command(first.result.native_id());
    command.mutable_update_order()->mutable_order()->mutable_personal()->mutable_clear()->set_note("ring twice");
    return command;
}

events::Command cancelled_order(Stage& stage) {
    return logistos::cancel_command(stage.done(order("10234")).result.native_id());
}

events::Command money(Stage& stage, const std::string& currency, const std::string& amount) {
    stage.connect("currencies: [INR, " + currency + "]\n");
    events::Command command = order("10234");
    events::v1::Order& shop = *command.mutable_export_order()->mutable_order();
    shop.set_currency(currency);
    *shop.mutable_total() = pdec(amount);
    *shop.mutable_total_tax() = pdec("0");
    shop.clear_shipping();
    shop.clear_fees();
    shop.clear_taxes();
    events::v1::OrderLine& line = *shop.mutable_lines(0);
    *line.mutable_quantity() = pdec("1");
    *line.mutable_subtotal() = *line.mutable_total() = pdec(amount);
    *line.mutable_total_tax() = pdec("0");
    return command;
}

ContractCase logistos_case(const std::string& name, const std::string& dialect) {
    return {.name = name,
            .spec = logistos::spec,
            .remote = {.path = SHOPWIRE_BIN "sandbox-logistos", .arguments = {"--token", "t0ken-of-the-seller"}},
            .settings = [dialect](const std::string& address) { return settings(dialect, address); },
            .streams = {{.name = "integration", .quiet = "it connects the store"},
                        {.name = "tracking",
                         .events = 2,
                         .needed = {"access", "status"},
                         .words = {"status"},
                         .text = "status_dp",
                         .without = {{"price", "a parcel tells no money"}},
                         .steps_over = {"track_shipment"},
                         .refused_key = ErrorKind::kRejected}},  // the seller's login: orders go on without it
            .commands = {{"export", [](Stage&) { return order("10234"); }},
                         {"update", updated},
                         {.name = "cancel",
                          .make = cancelled_order,
                          .refused = dialect == "logistos-batch" ? "this dialect has no cancel_order" : ""}},
            .holds = holds,
            .state = state,
            .money = money,
            .begin = begin,
            .secrets = {std::string(logistos::kKey), std::string(logistos::kSecret), "t0ken-of-the-seller",
                        "demo-password"}};
}

}  // namespace

std::vector<ContractCase> logistos_cases() {
    return {logistos_case("logistos_flat", "logistos-flat"), logistos_case("logistos_batch", "logistos-batch")};
}

}  // namespace shopwire::conformance
