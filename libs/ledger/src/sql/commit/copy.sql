COPY :events (:columns) FROM STDIN (DELIMITER ',', NULL :null_text)
