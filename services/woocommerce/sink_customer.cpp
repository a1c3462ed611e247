#include "services/woocommerce/sink_customer.h"

#include <algorithm>
#include <array>
#include <string>
#include <utility>
#include <vector>

#include "services/woocommerce/sink_order.h"
#include "services/woocommerce/translator_parts.h"

namespace shopwire::woocommerce {
namespace {

constexpr std::string_view kDoing = "writing a customer";

struct Row {
    json::Document document;
    json::Value value{};  // into it
};

// People who run the shop: an e-mail that leads to one of them gives no right to change the account.
bool runs_the_shop(std::string_view role) {
    constexpr std::array<std::string_view, 5> kStaff{"administrator", "shop_manager", "editor", "author",
                                                     "contributor"};
    return std::ranges::find(kStaff, role) != kStaff.end();
}

const events::v1::PersonalFields& personal_of(const events::Command& command) {
    return command.upsert_customer().customer().personal().clear();
}

std::string external_id_of(const commands::v1::UpsertCustomer& upsert) {
    return upsert.external_id().empty() ? upsert.customer().native_id() : upsert.external_id();
}

Result<std::optional<Row>> find_row(Shop& shop, const events::Command& command, std::stop_token stop) {
    const std::string known = shop.customer_with(external_id_of(command.upsert_customer()));
    for (const std::string& id : {command.native_id(), known}) {
        if (!check_id(id)) continue;
        Result<json::Document> found = shop.client().get(List::kCustomers, id, kCustomerFields, stop);
        if (!found && found.error().kind != ErrorKind::kRejected) return std::unexpected(std::move(found).error());
        if (!found) continue;  // deleted since: its e-mail may be in use again
        Row row{.document = *std::move(found)};
        row.value = row.document.root();
        return row;
    }
    if (personal_of(command).email().empty()) return std::nullopt;
    Result<json::Document> found = shop.client().customers_by_email(personal_of(command).email(), stop);
    if (!found) return std::unexpected(std::move(found).error());
    if (found->root().size() == 0) return std::nullopt;
    Row row{.document = *std::move(found)};
    row.value = row.document.root().at(0);
    return row;
}

using Fields = std::vector<std::pair<std::string_view, std::string>>;

// What is set and shown otherwise.
Fields changed(Fields wanted, json::Value shown) {
    std::erase_if(wanted, [&](const auto& field) {
        return field.second.empty() || field.second == unescape_html(shown.member(field.first).text());
    });
    return wanted;
}

Fields address_fields(const events::v1::Address& address) {
    return {{"first_name", address.first_name()}, {"last_name", address.last_name()},  {"company", address.company()},
            {"address_1", address.line_1()},      {"address_2", address.line_2()},     {"city", address.city()},
            {"state", address.state()},           {"postcode", address.postal_code()}, {"country", address.country()}};
}

void write_fields(json::Writer& out, const Fields& fields) {
    for (const auto& [name, value] : fields) out.key(name).string(value);
}

Fields changed_meta(const Settings& settings, const commands::v1::UpsertCustomer& upsert, json::Value shown) {
    Fields meta;
    const std::string id = external_id_of(upsert);
    if (!id.empty() && meta_value(shown, settings.customer_id_key) != id)
        meta.emplace_back(settings.customer_id_key, id);
    const std::string& tax_id = upsert.customer().personal().clear().tax_id();
    json::Reader read(shown);
    const bool known = shown.is_object() && first_field(read, settings.tax_id_keys) == tax_id;
    if (!tax_id.empty() && !known && !settings.tax_id_keys.empty())
        meta.emplace_back(settings.tax_id_keys.front(), tax_id);
    return meta;
}

// The request that makes `shown` (null: nothing) what the command says; empty when it is that already.
std::string body_of(const Settings& settings, const commands::v1::UpsertCustomer& upsert, json::Value shown) {
    const events::v1::PersonalFields& personal = upsert.customer().personal().clear();
    const events::v1::Address& billing = personal.billing();
    Fields account{{"first_name", billing.first_name()}, {"last_name", billing.last_name()}};
    if (!shown.is_object()) account.emplace_back("email", personal.email());
    Fields wanted_billing = address_fields(billing);
    wanted_billing.emplace_back("email", personal.email());
    wanted_billing.emplace_back("phone", personal.phone());
    const Fields own = changed(std::move(account), shown);
    const Fields bill = changed(std::move(wanted_billing), shown.member("billing"));
    const Fields ship = changed(address_fields(personal.shipping()), shown.member("shipping"));
    const Fields meta = changed_meta(settings, upsert, shown);
    if (own.empty() && bill.empty() && ship.empty() && meta.empty()) return {};
    json::Writer out;
    out.begin_object();
    write_fields(out, own);
    const auto group = [&out](std::string_view name, const Fields& fields) {
        if (fields.empty()) return;
        out.key(name).begin_object();
        write_fields(out, fields);
        out.end_object();
    };
    group("billing", bill);
    group("shipping", ship);
    if (!meta.empty()) {
        out.key("meta_data").begin_array();
        for (const auto& [key, value] : meta)
            out.begin_object().key("key").string(key).key("value").string(value).end_object();
        out.end_array();
    }
    return out.end_object().take();
}

Result<runtime::Applied> create(Shop& shop, const events::Command& command, std::stop_token stop) {
    const commands::v1::UpsertCustomer& upsert = command.upsert_customer();
    if (personal_of(command).email().empty()) return rejected("it has no e-mail, without which the shop takes no one");
    if (!upsert.customer().active()) return answer({}, commands::v1::OUTCOME_UNCHANGED);
    const Coded made = shop.client().create_customer(body_of(shop.settings(), upsert, {}), std::move(stop));
    if (!made) {
        // Somebody made it between our look and our write: the next attempt finds it.
        const std::string& code = made.error().code;
        if (code == "registration-error-email-exists" || code == "existing_user_login")
            return transient("the account was made meanwhile: " + code);
        return std::unexpected(made.error().error);
    }
    const std::string id(made->root().member("id").text());
    if (id.empty()) return ambiguous("the answer does not show it");
    shop.remember_customer(external_id_of(upsert), id);
    return answer(id, commands::v1::OUTCOME_APPLIED);
}

Result<runtime::Applied> upsert(Shop& shop, const events::Command& command, std::stop_token stop) {
    if (!command.upsert_customer().customer().personal().has_clear())
        return rejected("its personal fields cannot be read");
    const Result<std::optional<Row>> found = find_row(shop, command, stop);
    if (!found) return std::unexpected(found.error());
    if (!*found) return create(shop, command, std::move(stop));
    const json::Value shown = (*found)->value;
    if (const std::string_view role = shown.member("role").text(); runs_the_shop(role))
        return rejected("its e-mail or id belongs to a user with the role " + std::string(role));
    const std::string id(shown.member("id").text());
    const std::string body = body_of(shop.settings(), command.upsert_customer(), shown);
    if (body.empty()) return answer(id, commands::v1::OUTCOME_UNCHANGED);
    const Result<json::Document> written = shop.client().update_customer(id, body, std::move(stop));
    if (!written) return std::unexpected(written.error());
    shop.remember_customer(external_id_of(command.upsert_customer()), id);
    return answer(id, commands::v1::OUTCOME_APPLIED);
}

}  // namespace

Result<runtime::Applied> upsert_customer(Shop& shop, const events::Command& command, std::stop_token stop) {
    Result<runtime::Applied> done = upsert(shop, command, std::move(stop));
    if (!done) return within(kDoing, std::move(done).error());
    return done;
}

Result<std::optional<runtime::Applied>> find_customer(Shop& shop, const events::Command& command,
                                                      std::stop_token stop) {
    const Result<std::optional<Row>> found = find_row(shop, command, std::move(stop));
    if (!found) return within("looking for a customer", found.error());
    if (!*found) return std::nullopt;
    const json::Value shown = (*found)->value;
    if (!body_of(shop.settings(), command.upsert_customer(), shown).empty()) return std::nullopt;
    return answer(std::string(shown.member("id").text()), commands::v1::OUTCOME_APPLIED);
}

}  // namespace shopwire::woocommerce
