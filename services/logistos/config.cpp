#include "services/logistos/config.h"

#include <algorithm>
#include <cctype>

#include "services/logistos/india.h"
#include "services/logistos/measure.h"

namespace shopwire::logistos {
namespace {

using config::Node;
using config::Problems;
using config::Schema;

// Orders of these are not paid, or void.  A parcel of one is a loss, so no setting can let them through.
constexpr std::string_view kNeverSent[] = {"pending", "on-hold",        "failed",     "cancelled", "refunded",
                                           "trash",   "checkout-draft", "auto-draft", "draft"};

bool is_web_address(const std::string& url) {
    for (const std::string_view scheme : {"https://", "http://"})
        if (url.starts_with(scheme) && url.size() > scheme.size() && url.find(' ') == std::string::npos) return true;
    return false;
}

// The store's key goes there.  Plain HTTP is for a simulator on this machine.
bool keeps_secrets(const std::string& url) {
    if (url.starts_with("https://")) return true;
    for (const std::string_view local : {"http://127.0.0.1", "http://localhost", "http://[::1]"})
        if (url.starts_with(local) &&
            (url.size() == local.size() || url[local.size()] == ':' || url[local.size()] == '/'))
            return true;
    return false;
}

void check_store(const Settings& settings, const Node& node, Problems& problems) {
    if (!is_web_address(settings.store_url))
        node.member("store_url").problem(problems, "expected an address like https://shop.example.com");
    if (settings.integration == "connect" && (settings.consumer_key.empty() || settings.consumer_secret.empty()))
        node.problem(problems, "integration: connect needs the keys \"consumer_key\" and \"consumer_secret\"");
    const StoreInfo& store = settings.store;
    if (!store.state.empty() && store.country == "IN" && find_state(store.state) == nullptr)
        node.member("store").member("state").problem(problems, "expected a state of India, by code or name");
    for (const std::string& status : settings.statuses)
        if (std::ranges::find(kNeverSent, status) != std::end(kNeverSent))
            node.member("statuses").problem(problems, "orders in status " + status + " are never sent");
}

void check_measures(const Settings& settings, const Node& node, Problems& problems) {
    const DefaultMeasures& measures = settings.default_measures;
    const auto check = [&](const char* key, const std::string& text, auto parse) {
        if (text.empty()) return;
        if (const Result<Decimal> value = parse(text); !value)
            node.member("default_measures").member(key).problem(problems, value.error().message);
    };
    const auto weight = [](const std::string& text) { return parse_weight(text); };
    const auto length = [](const std::string& text) { return parse_length(text); };
    check("weight", measures.weight, weight);
    check("length", measures.length, length);
    check("width", measures.width, length);
    check("height", measures.height, length);
}

void check_access(const Settings& settings, const Node& node, Problems& problems) {
    if (!settings.token_header.empty() && settings.api_token.empty())
        node.problem(problems, "token_header needs the key \"api_token\"");
    if (settings.seller_email.empty() != settings.seller_password.empty())
        node.problem(problems, "tracking needs both \"seller_email\" and \"seller_password\"");
    std::string header = settings.token_header;
    std::ranges::transform(header, header.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    if (header == "authorization" && !settings.seller_email.empty())
        node.member("token_header").problem(problems, "expected another header: tracking signs with Authorization");
    if (!settings.tracking_url.empty() && settings.tracking_url.find("{awb}") == std::string::npos)
        node.member("tracking_url").problem(problems, "expected an address with {awb} in it");
    if (settings.under_way_max < 1 || settings.under_way_max > 5'000)
        node.member("under_way_max").problem(problems, "expected 1 to 5000");
}

Schema<Settings> order_schema() {
    static const auto store = Schema<StoreInfo>("store", "The store as Logistos shall know it.")
                                  .optional("name", &StoreInfo::name, "its name")
                                  .optional("address", &StoreInfo::address, "street")
                                  .optional("address_2", &StoreInfo::address_2, "second line")
                                  .optional("city", &StoreInfo::city, "city")
                                  .optional("state", &StoreInfo::state, "state, by code or name")
                                  .optional("country", &StoreInfo::country, "two letters")
                                  .optional("postcode", &StoreInfo::postcode, "PIN")
                                  .optional("phone", &StoreInfo::phone, "phone");
    static const auto measures =
        Schema<DefaultMeasures>("default_measures", "Of one piece whose order does not tell: number and unit.")
            .optional("weight", &DefaultMeasures::weight, "kg, g, lbs, oz; without a unit kg")
            .optional("length", &DefaultMeasures::length, "cm, mm, m, in, ft, yd; without a unit cm")
            .optional("width", &DefaultMeasures::width, "the same")
            .optional("height", &DefaultMeasures::height, "the same");
    return Schema<Settings>("logistos", "One connection to Logistos: one store of one seller.")
        .optional("dialect", &Settings::dialect, "wire shape: logistos-flat, logistos-batch, or the path of a file")
        .optional("base_url", &Settings::base_url, "address of the API; default: the dialect's")
        .required("store_url", &Settings::store_url, "the shop's home page: Logistos knows the store by it")
        .choice("integration", &Settings::integration, {"connect", "disconnect", "off"},
                "connect: the key below is sent once, and again when it changes; off: the store is connected by other "
                "means")
        .optional("consumer_key", &Settings::consumer_key, "REST key of the shop, made for Logistos alone")
        .optional("consumer_secret", &Settings::consumer_secret, "its secret")
        .optional("api_token", &Settings::api_token, "what the integration routes want, if they want a token")
        .optional("token_header", &Settings::token_header, "header that carries it; default: the dialect's")
        .optional("trailing_slash", &Settings::trailing_slash, "the integration routes end with a slash")
        .object("store", &Settings::store, store, "where parcels are picked up")
        .optional("statuses", &Settings::statuses, "statuses of orders that are sent")
        .optional("require_paid", &Settings::require_paid, "an order without payment date is sent only as COD")
        .optional("resend_on_change", &Settings::resend_on_change, "send changes and cancellations of sent orders")
        .optional("cod_methods", &Settings::cod_methods, "payment methods that the carrier collects")
        .optional("currencies", &Settings::currencies, "currencies of orders that are sent")
        .object("default_measures", &Settings::default_measures, measures, "for lines without measures")
        .choice("missing_measures", &Settings::missing_measures, {"leave_out", "reject"},
                "a line without weight or size, when no default is set");
}

Schema<Settings> whole_schema() {
    return order_schema()
        .optional("seller_email", &Settings::seller_email,
                  "login of the seller's portal; without it nothing is tracked")
        .optional("seller_password", &Settings::seller_password, "its password")
        .optional("token_life", &Settings::token_life, "how long a login is used")
        .optional("tracking_url", &Settings::tracking_url, "page for the buyer, with {awb}")
        .optional("final_statuses", &Settings::final_statuses, "a parcel in one of these is asked for no more")
        .optional("under_way_max", &Settings::under_way_max, "parcels that are tracked at a time")
        .optional("track_for", &Settings::track_for, "a parcel older than this is given up")
        .optional("list_overlap", &Settings::list_overlap, "how far back each look for new parcels goes again")
        .optional("connect_timeout", &Settings::connect_timeout, "time for a connection")
        .optional("timeout", &Settings::timeout, "time for a whole request")
        .optional("ca_file", &Settings::ca_file, "certificate authority of base_url; default: the system's");
}

void check_dialect(const Settings& settings, const dialect::Dialect& dialect, const Node& node, Problems& problems) {
    const std::string& url = settings.base_url.empty() ? dialect.base_url : settings.base_url;
    if (!keeps_secrets(url)) node.problem(problems, "base_url: expected an https address: the store's key goes there");
    if (settings.integration == "connect" && !dialect.operations.contains("integrate_store"))
        node.problem(problems, "integration: connect needs a dialect with the operation integrate_store");
    if (dialect.auth.kind != dialect::Auth::Kind::kNone && settings.api_token.empty())
        node.problem(problems, "dialect " + dialect.name + " needs the key \"api_token\"");
}

// Settings that change what the dialect says.
void adapt(dialect::Dialect& dialect, const Settings& settings) {
    if (!settings.token_header.empty()) {
        dialect.auth.kind = dialect::Auth::Kind::kHeader;
        dialect.auth.name = settings.token_header;
        dialect.auth.value = *dialect::TextTemplate::parse("{api_token}");
    }
    if (!settings.trailing_slash) return;
    for (auto& [name, operation] : dialect.operations) {
        Result<std::string> path =
            operation.path.expand([](const std::string& inner) { return Result<std::string>("{" + inner + "}"); });
        if (path && path->starts_with("/integration/") && !path->ends_with('/'))
            operation.path = *dialect::TextTemplate::parse(*path + "/");
    }
}

}  // namespace

const config::Schema<Settings>& settings_schema() {
    static const auto schema = whole_schema().rule(check_store).rule(check_measures).rule(check_access);
    return schema;
}

Parsed parse_settings(const config::Node& node, config::Problems& problems) {
    const std::size_t before = problems.size();
    Parsed out{.settings = settings_schema().parse(node, problems)};
    out.settings.store_url = normalize_store(out.settings.store_url);
    const Node file =
        dialect::dialect_node(node.member("dialect"), out.settings.dialect, built_in_dialects(), problems);
    if (!file.is_null()) out.dialect = dialect::parse_dialect(file, vocabulary(), problems);
    if (out.dialect && problems.size() == before) check_dialect(out.settings, *out.dialect, node, problems);
    if (problems.size() != before) out.dialect.reset();
    if (out.dialect) adapt(*out.dialect, out.settings);
    return out;
}

std::string normalize_store(std::string_view url) {
    std::string out(url);
    const std::size_t scheme = out.find("://");
    const std::size_t end = std::min(out.find('/', scheme == std::string::npos ? 0 : scheme + 3), out.size());
    std::transform(out.begin(), out.begin() + static_cast<std::ptrdiff_t>(end), out.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    while (out.ends_with('/')) out.pop_back();
    return out;
}

}  // namespace shopwire::logistos
