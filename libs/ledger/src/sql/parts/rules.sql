-- How a version is read: by the rules of its contract, or by its own if it was registered before there were feeds.
json_build_object('chunkRows', file.chunk_rows, 'reader', file.reader, 'rules',
  coalesce((SELECT (load -> 'rules')::json FROM sluice_contracts WHERE sluice_contracts.contract_no = file.contract_no), file.rules))
