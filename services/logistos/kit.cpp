#include "services/logistos/kit.h"

#include "services/logistos/client.h"
#include "services/logistos/config.h"

namespace shopwire::logistos {
namespace {

std::optional<dialect_tools::Opened> open(const config::Node& node, config::Problems& problems) {
    Parsed parsed = parse_settings(node, problems);
    if (!parsed.dialect) return std::nullopt;
    dialect_tools::Opened opened{.dialect = *std::move(parsed.dialect),
                                 .options = engine_options(parsed.settings, "probe"),
                                 .connection = connection_text(parsed.settings),
                                 .curl = curl_options(parsed.settings),
                                 .limits = kLimits};
    if (!parsed.settings.seller_email.empty()) opened.inputs.emplace("login", login_text(parsed.settings));
    return opened;
}

}  // namespace

dialect_tools::Kit kit() {
    return {.system = "logistos",
            .vocabulary = vocabulary(),
            .built_in = built_in_dialects(),
            .connection = R"({"store_url":"https://shop.example.com"})",
            .words = {.secret = {"access", "refresh"}, .personal = {"lines", "pin", "remark", "customer_note"}},
            .open = open};
}

}  // namespace shopwire::logistos
