"""How the weights come about: sets with their licences, fitting, calibration, evaluation, model card."""
