// The read-only rest that a connector asks for: settings, currency, system status, taxes, categories, attributes.
// Thread safe.
#pragma once

#include "tests/sandbox/kit/http_message.h"
#include "tests/sandbox/shop/context.h"

namespace sandbox::shop {

Answer setting(const ShopConfig& config, const std::string& group, const std::string& id);
std::string current_currency(const ShopConfig& config);
std::string system_status(const ShopConfig& config);
std::string tax_rates(const ShopConfig& config);
std::string order_statuses(const ShopConfig& config);
std::string payment_gateways(const ShopConfig& config);
std::string site_index(const ShopConfig& config);
// Product categories and global attributes: name, slug and parent; `limit` of them from `first` on.
std::string terms_text(const ShopConfig& config, const std::map<std::int64_t, Term>& terms,
                       const std::string& collection, std::size_t first, std::size_t limit);
Answer create_term(Store& store, bool attribute, const Json& body);

}  // namespace sandbox::shop
