// What usually goes wrong at a shop, looked at one by one.  Reads only; an empty batch tries the right to write.
#pragma once

#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "common/runtime/connector.h"
#include "services/woocommerce/shop.h"

namespace shopwire::woocommerce {

runtime::Examination examine(Shop& shop, const runtime::ConnectionContext& context,
                             const runtime::ExamineRequest& request, std::stop_token stop);

// --- Its parts ---

using Findings = std::vector<runtime::Finding>;

// Is the REST API there, over a connection that can be trusted, and do key and header arrive?  False: nothing else can
// be asked.  `index` gets the answer of /wp-json/.
bool examine_reach(Shop& shop, const runtime::ConnectionContext& context, Findings& findings, std::string& index,
                   std::stop_token stop);

// Articles that cannot be matched by SKU.
void examine_goods(Shop& shop, Findings& findings, std::stop_token stop);

// One article, as a list shows it.
struct Listed {
    std::string id{};
    std::string parent{};  // of a variation
    std::string type{};
    std::string sku{};
};
// What is wrong with them; pure.  `trashed`: SKUs that lie in the trash.
Findings judge_skus(const std::vector<Listed>& articles, const std::vector<std::string>& trashed);

// "5.8" is older than "5.10.1".  Pure.
bool is_older(std::string_view version, std::string_view than);

}  // namespace shopwire::woocommerce
